"""Experiments in the studio: planned, run while it is idle, paused, and looked at again."""
