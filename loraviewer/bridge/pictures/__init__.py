"""Finished pictures: the store and what shows it, files opened, checked and saved."""
