"""Taking a stack to other programs, for good."""
