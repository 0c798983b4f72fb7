"""Two panes in one place: wiped over each other, or subtracted."""
