"""Finished pictures in a row below the panes: looked at, restored, starred."""
