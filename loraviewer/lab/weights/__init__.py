"""What a stack does to the weights: measured from the factors, without a picture; no Qt."""
