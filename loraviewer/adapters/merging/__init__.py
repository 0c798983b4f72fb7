"""A stack on the live weights: W = round(W₀ + Σ sᵢ·ΔWᵢ), in a transaction; and writing it out."""
