"""Naming conventions: how files spell the modules they change."""
