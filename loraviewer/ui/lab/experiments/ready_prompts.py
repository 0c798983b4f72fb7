"""Prompts that the demo knows every word of, for who has none at hand."""

DEMO_PROMPTS = (
    "a girl in a meadow",
    "a cat in a city",
    "a house on a beach",
    "a boat in the sea",
    "a blue car in the snow",
    "a boy at night",
    "a dog in a forest",
    "a flower in a meadow",
)
"""Of different subjects and places, so that no one drawing decides."""
