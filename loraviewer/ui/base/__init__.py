"""Choosing the base checkpoint."""
