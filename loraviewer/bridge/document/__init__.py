"""The document with its undo steps, and the models that are views of it."""
