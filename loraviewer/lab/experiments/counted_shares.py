"""In which shares options of a prompt were asked for, beside how often they came: in the words that
were drawn, and in the pictures, as far as a measure of shares names them."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from io import StringIO

from loraviewer.core.encodable import encodable
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import WORDS, CountedShare, Row
from loraviewer.core.picture_measures import SHARE_UNIT
from loraviewer.core.variants.shares import AskedShare
from loraviewer.lab.images.intervals import wilson

_SHARE = "share-"


def counted_shares(experiment: Experiment, rows: Sequence[Row]) -> tuple[CountedShare, ...]:
    """Option by option; () where no prompt leaves anything open."""
    return tuple(
        counted
        for wording in experiment.wordings
        for asked in wording.shares
        for counted in _counted(wording.template, asked, rows)
    )


def _counted(prompt: str, asked: AskedShare, rows: Iterable[Row]) -> Iterator[CountedShare]:
    yield _share(prompt, asked, WORDS, "", asked.drawn, asked.seeds)
    words = set(re.findall(r"\w+", asked.option.lower()))
    seen: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        answer = row.measure.removeprefix(_SHARE)
        is_share = row.unit == SHARE_UNIT and answer != row.measure
        if is_share and row.prompt == prompt and row.seed is not None and answer in words:
            place = " ".join(filter(None, (row.arm, row.adapters)))
            seen.setdefault((place, row.measure), []).append(row.value)
    for (place, measure), values in seen.items():
        yield _share(prompt, asked, place, measure, round(sum(values)), len(values))


def _share(
    prompt: str, asked: AskedShare, place: str, measure: str, count: int, n: int
) -> CountedShare:
    low, high = wilson(count / n, n)
    told = (prompt, asked.choice, asked.option, asked.asked)
    return CountedShare(*told, place, measure, count, n, count / n, low, high)


def counted_table(shares: Iterable[CountedShare]) -> bytes:
    """Comma-separated, a row for each."""
    text, names = StringIO(), [field.name for field in fields(CountedShare)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for one in shares:
        values = (getattr(one, name) for name in names)
        writer.writerow(f"{v:.9g}" if isinstance(v, float) else encodable(str(v)) for v in values)
    return text.getvalue().encode()
