"""The folder of an experiment read again, as the studio lists and shows it; without torch."""

import csv
import os
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from loraviewer.core.experiments.conclusions.words import unit_words
from loraviewer.core.experiments.description import read_description
from loraviewer.core.experiments.numbers import Mean, Row
from loraviewer.core.experiments.past import OpenedExperiment, PastExperiment
from loraviewer.core.experiments.verdicts import verdicts
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.lab.experiments.counted_shares import counted_shares
from loraviewer.lab.experiments.evidence import FromRows
from loraviewer.lab.experiments.result_folder import DESCRIPTION, PICTURES, RESULTS, SUMMARY
from loraviewer.pictures.stored_png import MOST_BYTES, Damaged, decode_stored

_Line = TypeVar("_Line", Row, Mean)
_MOST_FOLDERS = 1_000
_MOST_TABLE_BYTES = 256 << 20


def past_experiments(results: Path) -> tuple[PastExperiment, ...]:
    """Those right in a folder, the newest first; what is none is passed over."""
    try:
        folders = sorted(os.scandir(results), key=lambda entry: entry.name)[-_MOST_FOLDERS:]
    except OSError:
        return ()
    found = (_past(Path(entry.path)) for entry in folders)
    known = [one for one in found if one is not None]
    return tuple(sorted(known, key=lambda one: one.made_at, reverse=True))


def opened_experiment(folder: Path) -> OpenedExperiment:
    """With the numbers that are there, and what they say. Raises `FileError` where it holds no
    experiment."""
    experiment = read_description(folder / DESCRIPTION)
    is_finished = (folder / SUMMARY).exists()
    rows = read_table(folder / RESULTS, Row) if (folder / RESULTS).exists() else ()
    means = read_table(folder / SUMMARY, Mean) if is_finished else ()
    told = verdicts(experiment, means, FromRows(rows, means)) if means else ()
    counted = counted_shares(experiment, rows) if is_finished else ()
    return OpenedExperiment(folder, experiment, rows, means, is_finished, told, counted)


def cell_picture(folder: Path, cell_id: str) -> Rendered | None:
    """Of a cell, by its id; None where it is not there, or damaged."""
    if os.path.basename(cell_id) != cell_id:
        return None
    try:
        stored = decode_stored(
            read_regular(folder / PICTURES / f"{cell_id}.png", MOST_BYTES),
        )
    except (OSError, FileError, Damaged):
        return None
    return stored.rendered()


def read_table(path: Path, kind: type[_Line]) -> tuple[_Line, ...]:
    """`results.csv` or `summary.csv`; a last line that is not whole, as of a run under way, is
    passed over. Raises `FileError` for what is no such table."""
    try:
        text = read_regular(path, _MOST_TABLE_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    whole = text[: text.rfind("\n") + 1]
    try:
        return tuple(_lines(whole, kind))
    except (ValueError, TypeError, csv.Error) as error:
        raise FileError(
            say("“{path}” is no table of an experiment: {why}.", path=str(path), why=str(error))
        ) from error


def _lines(text: str, kind: type[_Line]) -> Iterator[_Line]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    for line in csv.DictReader(StringIO(text, newline="")):
        yield kind(**{name: _value(line, name, hints[name]) for name in names})


def _value(line: Mapping[str, str | None], name: str, hint: Any) -> Any:
    """Columns that older tables lack are empty."""
    text = line.get(name) or ""
    wanted = get_args(hint)[0] if isinstance(hint, types.UnionType) else hint
    if wanted is str:
        return unit_words(text) if name == "unit" else text
    if not text and isinstance(hint, types.UnionType):
        return None
    return wanted(text)


def _past(folder: Path) -> PastExperiment | None:
    path = folder / DESCRIPTION
    try:
        experiment = read_description(path)
        made_at = path.stat().st_mtime
    except (OSError, FileError):
        return None
    return PastExperiment(folder, experiment, (folder / SUMMARY).exists(), made_at)
