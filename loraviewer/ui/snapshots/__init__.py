"""Going back: named snapshots, what differs between two stacks, the list of all steps."""
