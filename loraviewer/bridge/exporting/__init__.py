"""Exports of a pane's stack, carried out by processes of their own."""
