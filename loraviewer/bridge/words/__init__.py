"""Words of the prompt that come from elsewhere: wildcards, what was written before, and models."""
