"""Adapter files to weight changes: names, kinds, loading, merging, exporting."""
