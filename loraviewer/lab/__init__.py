"""Measurements and experiments; no Qt, so that a notebook can use them."""
