"""What `lab seeds --variants` tells of prompts that leave something to the seed."""

from collections.abc import Sequence

from loraviewer.cli.shared import printable
from loraviewer.core.experiments.numbers import CountedShare
from loraviewer.core.experiments.places import counted_in, option_words

_PLACE, _OPTION = 36, 20


def choice_lines(counted: Sequence[CountedShare]) -> list[str]:
    """A line for each option and place; none where nothing was left open."""
    if not counted:
        return []
    title = "Asked shares beside counted ones, with Wilson's intervals:"
    head = f"{'':{_PLACE}}{'':>{_OPTION}}{'asked':>8}{'came':>8}{'':>16}{'of':>6}"
    return ["", title, head, *map(_line, counted)]


def _line(one: CountedShare) -> str:
    place = printable(counted_in(one))[: _PLACE - 1]
    option = printable(option_words(one.option))[: _OPTION - 1]
    interval = f"{one.low:.0%} … {one.high:.0%}"
    return (
        f"{place:{_PLACE}}{option:>{_OPTION}}{one.asked:>8.0%}{one.share:>8.0%}"
        f"{interval:>16}{one.n:>6}"
    )
