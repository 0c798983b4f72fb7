"""A base with a stack inside, written in another precision or another layout than its own."""
