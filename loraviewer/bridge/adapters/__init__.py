"""What is known of adapters, and how they come into the stack."""
