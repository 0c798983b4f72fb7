"""What the trainer of an adapter configured beside its tensors: alpha, rank, patterns, start."""
