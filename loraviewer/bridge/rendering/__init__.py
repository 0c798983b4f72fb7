"""From wishes to jobs of the engine thread, and from answers to panes."""
