"""The folder of one experiment: its description, its pictures, and the numbers as they come.

The pictures are what a run that was killed leaves to the next: each appears whole, and says in its
record what it is. All numbers are computed from them again.
"""

import contextlib
from collections.abc import Generator, Iterable
from io import TextIOWrapper
from pathlib import Path

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.experiments.beyond import beyond_request
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.description import Experiment, encoded, read_description
from loraviewer.core.infotext import installed_versions, record_of
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.pictures.stored_png import MOST_BYTES, Damaged, decode_stored, encode_stored

DESCRIPTION, RESULTS, SUMMARY = "description.json", "results.csv", "summary.csv"
CHOICES = "choices.csv"
"""Of experiments whose prompts leave something to the seed."""
SHEET, REPORT = "sheet.png", "report.html"
PICTURES = "pictures"


class ResultFolder:
    """Implements what `run_experiment` writes to. Whatever cannot be written raises `FileError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pictures = path / PICTURES
        self._files: frozenset[str] = frozenset()
        self._versions: dict[str, str] | None = None

    @property
    def results(self) -> tuple[Path, ...]:
        """All files but the pictures."""
        names = (DESCRIPTION, RESULTS, SUMMARY, SHEET, REPORT)
        more = (CHOICES,) if (self.path / CHOICES).exists() else ()
        return tuple(self.path / name for name in (*names, *more))

    @property
    def is_begun(self) -> bool:
        return (self.path / DESCRIPTION).exists()

    def begin(self, experiment: Experiment) -> None:
        """Make the folder, or take over one of the same experiment."""
        wanted = encoded(experiment)  # names of files need not be text, those in JSON are
        if self.is_begun and encoded(read_description(self.path / DESCRIPTION)) != wanted:
            raise FileError(
                say(
                    "“{path}” holds another experiment than the one that is asked for; choose "
                    "another folder.",
                    path=str(self.path),
                )
            )
        try:
            self._pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                say(
                    "“{path}” cannot be made: {why}.",
                    path=str(self.path),
                    why=reason_of(error),
                )
            ) from error
        self._files = frozenset(adapter.sha256 for adapter in experiment.adapters)
        self.write(DESCRIPTION, wanted)

    def keep(self, cells: Iterable[Cell], rendered: Rendered) -> None:
        """One picture, under the name of each cell that asks for it."""
        cells = tuple(cells)
        beyond = self._beyond(cells[0]) if cells else ""
        if self._versions is None:
            self._versions = installed_versions()  # milliseconds, for each picture
        record = record_of(rendered, self._versions, beyond)
        content = encode_stored(rendered.picture, record, None)
        for cell in cells:
            with new_file(self._place(cell)) as file:
                file.write_bytes(content)

    def find(self, cell: Cell) -> Rendered | None:
        """The picture of a cell, whole, if it is there and answers what the cell asks."""
        try:
            stored = decode_stored(read_regular(self._place(cell), MOST_BYTES))
        except (OSError, FileError, Damaged):
            return None
        record = stored.record
        asked = cell.request
        is_asked = record.request == asked or record.request.sha256() == asked.sha256()
        if not is_asked or record.beyond != self._beyond(cell):
            return None
        return msgspec.structs.replace(stored.rendered(), request=asked)

    def write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        with new_file(self.path / name) as file:
            file.write_bytes(content)

    @contextlib.contextmanager
    def streamed(self, name: str) -> Generator[TextIOWrapper]:
        """A table that is there from the first row on; what a run before left of it is replaced."""
        path = self.path / name
        try:
            with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
                yield file
        except OSError as error:
            if error.filename not in (None, str(path)):
                raise
            reason = reason_of(error)
            raise FileError(
                say("“{path}” cannot be written: {why}.", path=str(path), why=reason)
            ) from error

    def _beyond(self, cell: Cell) -> str:
        return beyond_request(cell.shot, self._files)

    def _place(self, cell: Cell) -> Path:
        return self._pictures / f"{cell.id}.png"
