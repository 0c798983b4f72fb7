"""Colours and dashes of lines, one for each place, the same in all charts of reports."""

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
"""Okabe and Ito's, which people with any colour vision tell apart on light and dark paper; the
dashes tell them apart without any."""

_DASHES = ("", "6 3", "2 2", "9 3 2 3")


def colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def style(place: int | None) -> str:
    """Attributes of a line. None: what stands for the whole."""
    if place is None:
        return 'stroke="var(--ink)" stroke-width="2.5"'
    dashes = _DASHES[place % len(_DASHES)]
    return f'stroke="{colour(place)}" stroke-width="1.6" stroke-dasharray="{dashes}"'
