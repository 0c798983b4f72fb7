"""Letters of Python, of which Qt counts two for some."""

from collections.abc import Callable


def letters_in(text: str, units: int) -> int:
    """How many letters so many units of Qt are."""
    return len(
        text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "replace")
    )


def units_in(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def place_of(text: str) -> Callable[[int], int]:
    """Places in letters as places in units."""
    if all(letter <= "\uffff" for letter in text):
        return lambda letters: letters
    return lambda letters: units_in(text[:letters])
