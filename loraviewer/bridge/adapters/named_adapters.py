"""Adapters that a text names, on their way to rows: looked for where adapters are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.adapters.adapter_intake import MANY_ADAPTERS
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.languages import shown
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.core.cancel import CancelToken
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter, FoundFiles
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.restoring import found_row
from loraviewer.core.outcome import Failure
from loraviewer.core.stack import StackEntry

translate = QCoreApplication.translate
_CONTEXT = "NamedAdapters"

_MOST_NAMED = 4


@dataclass(frozen=True)
class NamedRows:
    """`rows`: one for each adapter that was asked for, None where not exactly one file is meant.
    `missing`: one sentence about those; "" where there are none."""

    rows: tuple[StackEntry | None, ...]
    missing: str = ""

    @property
    def found(self) -> tuple[StackEntry, ...]:
        return tuple(row for row in self.rows if row is not None)


class NamedAdapters:
    """One search at a time: of two, the newer counts. GUI thread only; files are looked for in the
    pool."""

    def __init__(
        self,
        adapters: AdapterModel,
        places: Callable[[], AdapterPlaces],
        services: PictureServices,
        tasks: BackgroundTasks,
    ) -> None:
        """places: where adapters are looked for that a text names."""
        self._adapters = adapters
        self._places = places
        self._services = services
        self._tasks = tasks
        self._token = CancelToken()

    def look_for(
        self, wanted: Sequence[ForeignAdapter], answer: Callable[[NamedRows], None]
    ) -> None:
        """`answer` is called here, unless the search was given up before."""
        self.stop()
        self._token = token = CancelToken()
        find = partial(self._services.find, wanted, self._places(), token)
        self._tasks.run(find, partial(self._on_found, token, answer))

    def stop(self) -> None:
        """Forget what is looked for."""
        self._token.cancel()

    def _on_found(
        self, token: CancelToken, answer: Callable[[NamedRows], None], files: FoundFiles | Failure
    ) -> None:
        if token.is_cancelled:
            return
        if isinstance(files, Failure):
            answer(NamedRows((), shown(files.message)))
            return
        for summary in files.summaries:
            self._adapters.learn_summary(summary)
        summaries = {summary.sha256: summary for summary in files.summaries}
        rows = [found_row(f, summaries.get(f.sha256)) if f.by else None for f in files.found]
        missing = [one for one in files.found if not one.by]
        answer(NamedRows(_few_on(rows), _missing_sentence(missing)))


def _missing_sentence(missing: Sequence[FoundAdapter]) -> str:
    if not missing:
        return ""
    quoted = translate(_CONTEXT, "“{}”")
    names = [quoted.format(one.adapter.name) for one in missing]
    told = ", ".join(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        words = translate(_CONTEXT, "{names} and {more} more")
        told = words.format(names=told, more=len(names) - _MOST_NAMED)
    words = translate(
        _CONTEXT, "Not found by that name: {}; add the files, or choose their folder first."
    )
    if all(one.others for one in missing):
        words = translate(_CONTEXT, "Several files are called {}; add the one that is meant.")
    return words.format(told)


def _few_on(rows: Sequence[StackEntry | None]) -> tuple[StackEntry | None, ...]:
    """Off where they are more than a base bears, as those of a folder are."""
    if sum(row is not None for row in rows) <= MANY_ADAPTERS:
        return tuple(rows)
    return tuple(row and replace(row, is_enabled=False) for row in rows)
