"""The library of adapters and checkpoints, in a dock left of the pictures."""
