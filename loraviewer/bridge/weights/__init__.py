"""What the stack does to the weights, as it is seen in numbers."""
