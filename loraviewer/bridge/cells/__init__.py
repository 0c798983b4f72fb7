"""Small pictures that belong to no pane."""
