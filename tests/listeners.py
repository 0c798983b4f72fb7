"""Listeners to progress, of loading and of rendering."""


def silent(*step: object, **named: object) -> None:
    """Says nothing."""
