"""Denoisers that are compiled by a process of its own and run on the live weights."""
