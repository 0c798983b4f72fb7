"""Experiments: cells made, measured in units of the base's own seeds, and written down. No Qt."""
