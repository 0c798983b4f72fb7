"""What makes the pictures of an experiment: this process, or several."""
