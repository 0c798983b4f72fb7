"""The lab: what a stack does to the weights, measured and drawn."""
