"""What a file says of itself, and what lies beside it: metadata,
sidecars, pictures, an overview."""
