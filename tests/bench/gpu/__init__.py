"""What only a graphics card can say: `make bench-gpu`."""
