"""Safetensors files as bytes: checked headers, tensors, hashes, and checkpoints
rewritten."""
