"""`loraviewer lab`: experiments and measurements without a window."""
