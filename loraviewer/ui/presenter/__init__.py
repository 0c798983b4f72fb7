"""Presenting: pictures and faders for a whole room, run from the keyboard."""
