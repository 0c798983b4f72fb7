"""What stays as it is chosen, in one window."""
