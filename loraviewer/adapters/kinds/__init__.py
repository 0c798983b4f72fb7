"""Adapter kinds: the algebra of an adapter module, one file each, listed in `registry`."""
