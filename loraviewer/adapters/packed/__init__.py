"""Weights that stay as small as their files keep them; nothing is ever merged into them."""
