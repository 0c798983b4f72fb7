"""Adapter kinds: the algebra that turns stored factors into a weight change."""
