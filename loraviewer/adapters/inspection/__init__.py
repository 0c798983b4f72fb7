"""`loraviewer inspect`: the facts of a file, a pipeline or a folder, for people and as JSON."""
