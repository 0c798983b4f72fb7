"""What other programs write into pictures about how they were made, read without guessing."""
