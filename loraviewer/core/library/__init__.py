"""Files of adapters and checkpoints on this machine, as plain values."""
