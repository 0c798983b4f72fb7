"""Where pictures are shown and compared."""
