"""Options of prompts that leave something to the seed: what was asked for, and what came."""

from collections.abc import Sequence

from loraviewer.core.experiments.numbers import CountedShare
from loraviewer.core.experiments.places import counted_in, option_words
from loraviewer.lab.reports.html_text import cells, heads, percent, safe, table


def counted_shares_table(counted: Sequence[CountedShare]) -> str:
    """ "" where there are none."""
    if not counted:
        return ""
    head = heads("prompt", "option", "counted in", "asked", "came", "interval", "of", texts=3)
    note = (
        "Asked shares beside counted ones, with Wilson’s interval at 95 %; ✓ where what was asked "
        "for lies in it. Words are what was drawn, pictures what a judge sees in them. Also in "
        "choices.csv."
    )
    return f'<p class="quiet">{safe(note)}</p>' + table(head, [_row(one) for one in counted])


def _row(one: CountedShare) -> str:
    words = (one.prompt, option_words(one.option), counted_in(one))
    texts = "".join(f'<td class="text">{safe(text)}</td>' for text in words)
    mark = " ✓" if one.is_as_asked else ""
    between = f"{percent(one.low)} to {percent(one.high)}{mark}"
    return texts + cells(percent(one.asked), percent(one.share), between, str(one.n))
