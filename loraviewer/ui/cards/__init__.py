"""What is known of an adapter, on a card."""
