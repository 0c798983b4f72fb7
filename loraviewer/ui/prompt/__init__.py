"""Words, seed, size and sampler."""
