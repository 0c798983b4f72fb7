"""Adapter files on their way into the stack: read in the background, a batch at a time."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import shown
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.stack import AdapterStack, StackEntry, new_entry_id

Outcome = AdapterSummary | Failure
_AS_TRAINED = 1.0
_MOST_SAID = 2
"""Of more broken files one sentence names some, and has the reasons of all."""
_MOST_NAMED = 4
MANY_ADAPTERS = 12
"""More than this are added off; those of a dropped folder are asked about before."""


class Batch:
    """Files that were added together; `outcomes` in their order, None where not read yet."""

    def __init__(self, paths: Sequence[str], receive: Callable[["Batch"], None]) -> None:
        self.paths = tuple(paths)
        self.outcomes: list[Outcome | None] = [None] * len(self.paths)
        self.receive = receive
        self.token = CancelToken()

    @property
    def done(self) -> int:
        return sum(outcome is not None for outcome in self.outcomes)

    def summaries(self) -> list[AdapterSummary | None]:
        """One for each path; None where the file cannot be read."""
        return [o if isinstance(o, AdapterSummary) else None for o in self.outcomes]

    def failures(self) -> list[tuple[str, Failure]]:
        """Path and reason of each file that cannot be read."""
        pairs = zip(self.paths, self.outcomes, strict=True)
        return [(path, outcome) for path, outcome in pairs if isinstance(outcome, Failure)]


class AdapterIntake(QObject):
    """Reads headers and hashes off the GUI thread, then adds rows. GUI thread only."""

    reading_changed = Signal(int, int)  # files read, of all that are wanted; 0, 0 when idle
    added = Signal(object)  # tuple of StackEntry that a person asked for and has now
    notice = Signal(object)  # Failure: a file that cannot be read, or many of a batch

    def __init__(
        self,
        summarise: Callable[[Path, CancelToken], AdapterSummary],
        tasks: BackgroundTasks,
        adapters: AdapterModel,
        stack: StackModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._summarise = summarise
        self._tasks = tasks
        self._adapters = adapters
        self._stack = stack
        self._batches: list[Batch] = []
        self._is_expecting = False

    @property
    def is_reading(self) -> bool:
        """Whether rows are on their way into the stack, or soon will be."""
        return self._is_expecting or bool(self._batches)

    def expect(self) -> None:
        """Files will be asked for as soon as the window is there."""
        self._is_expecting = True

    def add(self, paths: Sequence[str], strengths: Mapping[str, float] | None = None) -> None:
        """A row for each file, all in one undo step once the last of them is read.

        A row starts at its strength of `strengths` by path, at what its file suggests, or as
        trained; off where there are more than
        `MANY_ADAPTERS`, which no base bears at once.
        """
        is_on, asked = len(paths) <= MANY_ADAPTERS, strengths or {}

        def receive(batch: Batch) -> None:
            pairs = zip(batch.paths, batch.summaries(), strict=True)
            read = [(s, asked.get(path, starting_scale(s))) for path, s in pairs if s]
            entries = tuple(_entry(s, scale, is_on) for s, scale in read)
            self._stack.add_all(entries)
            # Who hears it knows the files' summaries by then.
            self.added.emit(entries)

        self._read(paths, receive)

    def start_with(self, rows: Sequence[tuple[str, float, bool]]) -> None:
        """Fill the stack with (path, scale, is_enabled) rows: without an undo step, unless there
        is something in it by then, which stays."""

        def receive(entries: Sequence[StackEntry]) -> None:
            if self._stack.is_untouched:
                self._stack.reset(AdapterStack(entries=tuple(entries)))
            else:
                self._stack.add_all(entries)

        self.read(rows, receive)

    def read(
        self,
        rows: Sequence[tuple[str, float, bool]],
        receive: Callable[[Sequence[StackEntry]], None],
    ) -> None:
        """Make entries of (path, scale, is_enabled) rows and hand over those that can be read."""

        def receive_batch(batch: Batch) -> None:
            pairs = zip(batch.summaries(), rows, strict=True)
            receive([_entry(s, scale, is_on) for s, (_, scale, is_on) in pairs if s])

        self._read([path for path, _, _ in rows], receive_batch)

    def stop(self) -> None:
        """Forget what is being read; nothing of it comes into the stack."""
        self._is_expecting = False
        for batch in self._batches:
            batch.token.cancel()
        self._batches.clear()
        self._tell()

    def _read(self, paths: Sequence[str], receive: Callable[[Batch], None]) -> None:
        self._is_expecting = False
        if not paths:
            self._tell()
            return
        batch = Batch(paths, receive)
        self._batches.append(batch)
        for index, path in enumerate(paths):
            self._tasks.run(
                partial(self._summarised, batch, Path(path)), partial(self._on_read, batch, index)
            )
        self._tell()

    def _summarised(self, batch: Batch, path: Path) -> Outcome:
        """Runs in the pool, where the remaining files of a stopped batch cost nothing."""
        try:
            batch.token.raise_if_cancelled()
            return self._summarise(path, batch.token)
        except Cancelled:
            return Failure(FailureKind.FILE, "")  # nobody hears it: the batch is forgotten

    def _on_read(self, batch: Batch, index: int, outcome: Outcome) -> None:
        if batch.token.is_cancelled:
            return
        batch.outcomes[index] = outcome
        if batch.done == len(batch.paths):
            self._batches.remove(batch)
            self._finish(batch)
        self._tell()

    def _finish(self, batch: Batch) -> None:
        for failure in self._told(batch.failures(), len(batch.paths)):
            self.notice.emit(failure)
        for summary in filter(None, batch.summaries()):
            self._adapters.learn_summary(summary)
        batch.receive(batch)

    def _told(self, failures: list[tuple[str, Failure]], count: int) -> list[Failure]:
        """The last file first: the newest sentence is shown above others."""
        if len(failures) <= _MOST_SAID:
            return [failure for _, failure in reversed(failures)]
        return [self._sentence(failures, count)]

    def _sentence(self, failures: list[tuple[str, Failure]], count: int) -> Failure:
        """One for all of them, with every reason."""
        quoted = self.tr("“{}”")
        named = (Path(path).name for path, _ in failures[:_MOST_NAMED])
        names = ", ".join(map(quoted.format, named))
        more = len(failures) - _MOST_NAMED
        if more > 0:
            names = self.tr("{names} and {more} more").format(names=names, more=more)
        words = self.tr("{failed} of {count} files cannot be added: {names}.")
        sentence = words.format(failed=len(failures), count=count, names=names)
        reasons = tuple(shown(failure.message) for _, failure in failures)
        return Failure(failures[0][1].kind, sentence, "\n".join(reasons), reasons=reasons)

    def _tell(self) -> None:
        done = sum(batch.done for batch in self._batches)
        self.reading_changed.emit(done, sum(len(batch.paths) for batch in self._batches))


def starting_scale(summary: AdapterSummary) -> float:
    """What the file or its sidecars suggest, else as trained."""
    suggested = summary.suggested_strength
    return _AS_TRAINED if suggested is None else suggested


def _entry(summary: AdapterSummary, scale: float, is_enabled: bool = True) -> StackEntry:
    return StackEntry(
        entry_id=new_entry_id(),
        name=summary.name,
        path=summary.path,
        sha256=summary.sha256,
        scale=scale,
        is_enabled=is_enabled,
    )
