"""Base checkpoints, sampling, previews, devices and memory."""
