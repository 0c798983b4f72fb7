"""Sessions: what is open, kept and brought back."""
