"""Adapters computed beside the weights, for bases that cannot be merged into."""
