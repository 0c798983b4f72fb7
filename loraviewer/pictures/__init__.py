"""Pictures as files: what is written in them, and finished ones kept on disk."""
