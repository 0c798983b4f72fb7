"""Naming conventions: how files spell module names, one file each, listed in `registry`."""
