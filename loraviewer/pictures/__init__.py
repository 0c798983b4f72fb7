"""Pictures as files: what is written in them, and the store of finished ones on disk."""
