"""What a file is: the family of an adapter or a checkpoint, from names and shapes."""
