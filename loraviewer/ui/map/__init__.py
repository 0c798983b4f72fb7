"""A plane of pictures over two faders."""
