"""What is argued about stacks, answered: conclusions from measured numbers, and their page."""
