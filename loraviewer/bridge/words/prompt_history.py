"""Prompts that pictures were made of: kept on disk, walked through, searched and starred."""

import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.languages import shown
from loraviewer.core.foreign.tags import adapter_tags, without_tags
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.prompt_book import Change, KeptPrompt, PromptBook, PromptFile
from loraviewer.core.request import Sampling
from loraviewer.core.stored_picture import StoredPicture


class PromptHistory(QObject):
    """Changes count here at once, and one thread writes them, in their order. GUI thread only."""

    changed = Signal(object)  # PromptBook
    complained = Signal(str)  # one sentence, once for each reason

    def __init__(
        self,
        prompt: PromptModel,
        file: Path | None,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """file: None to keep nothing beyond this run."""
        super().__init__(parent)
        self._prompt = prompt
        self._file = None if file is None else PromptFile(file)
        self._clock = clock
        self._tasks = BackgroundTasks(self, threads=1)
        self._book = PromptBook()
        self._pending = 0
        self._told: set[str] = set()
        self._walk: tuple[KeptPrompt, ...] = ()
        self._place, self._walks = 0, 0

    @property
    def book(self) -> PromptBook:
        return self._book

    @property
    def present(self) -> KeptPrompt:
        """What stands in the prompt bar."""
        return _prompt_of(self._prompt.sampling)

    @Slot()
    def look_again(self) -> None:
        """What other studios kept."""
        if self._file is not None:
            self._run(self._file.read)

    @Slot(object, object)
    def learn(self, stored: StoredPicture, _: Rendered) -> None:
        """A picture is shown that was made of the present prompt. Adapters are the stack's: what
        names one is no part of the words that are kept."""
        shown = _prompt_of(stored.sampling)
        words = without_tags(shown.text, [tag.text for tag in adapter_tags(shown.text)])
        used = replace(shown, text=words, used_at=self._clock())
        is_newest = bool(self._book.prompts) and self._book.prompts[0].is_same(used)
        if shown.is_same(self.present) and not is_newest and not self._is_on_old_ground:
            self._change(lambda book: book.with_used(used))

    @Slot(object, bool)
    def star(self, prompt: KeptPrompt, on: bool) -> None:
        self._change(lambda book: book.with_star(prompt, on))

    @Slot(object)
    def forget(self, prompt: KeptPrompt) -> None:
        self._change(lambda book: book.without(prompt))

    @Slot(object)
    def choose(self, prompt: KeptPrompt) -> None:
        """It is the prompt from now on, in one step."""
        self._prompt.change(prompt=prompt.text, negative_prompt=prompt.negative)

    @Slot()
    def older(self) -> None:
        """One further back; what stands there first is what the way leads back to."""
        if not self._is_walking:
            present = self.present
            others = (one for one in self._book.prompts if not one.is_same(present))
            self._walk, self._place = (present, *others), 0
            self._walks += 1
        self._go(self._place + 1)

    @Slot()
    def newer(self) -> None:
        if self._is_walking:
            self._go(self._place - 1)

    def close(self, patience_ms: int) -> bool:
        """Write what waits, as far as there is time. Whether all has ended."""
        return self._tasks.finish(patience_ms)

    @property
    def _is_walking(self) -> bool:
        """Whether nothing was typed since the last step of a walk."""
        return bool(self._walk) and self._walk[self._place].is_same(self.present)

    @property
    def _is_on_old_ground(self) -> bool:
        """Whether a walk is where it found a prompt; where it began may be new."""
        return self._is_walking and self._place > 0

    def _go(self, place: int) -> None:
        if 0 <= place < len(self._walk):
            self._place = place
            there = self._walk[place]
            key = f"walk through prompts {self._walks}"
            self._prompt.change_in(key, prompt=there.text, negative_prompt=there.negative)

    def _change(self, change: Change) -> None:
        self._take(change(self._book))
        self._write(change)

    def _take(self, book: PromptBook) -> None:
        if book != self._book:
            self._book = book
            self.changed.emit(book)

    def _write(self, change: Change) -> None:
        file = self._file
        if file is not None:
            self._run(lambda: file.change(change))

    def _run(self, function: Callable[[], PromptBook]) -> None:
        self._pending += 1
        self._tasks.run(function, self._on_answer)

    def _on_answer(self, answer: PromptBook | Failure) -> None:
        self._pending -= 1
        if isinstance(answer, Failure):
            if answer.message not in self._told:
                self._told.add(answer.message)
                self.complained.emit(shown(answer.message))
        elif not self._pending:  # else what was changed here meanwhile would seem undone
            self._take(answer)


def _prompt_of(sampling: Sampling) -> KeptPrompt:
    return KeptPrompt(text=sampling.typed, negative=sampling.negative_prompt)
