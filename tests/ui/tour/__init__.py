"""The hints of a first start."""
