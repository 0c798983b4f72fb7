"""Parts that any room may use."""
