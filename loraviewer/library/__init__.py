"""The index of adapters and checkpoints on this machine, and what a person notes about them."""
