"""What is known of an adapter, told on a card."""
