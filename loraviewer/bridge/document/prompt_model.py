"""What the prompt bar holds: of the active pane, whether it follows the others or is frozen."""

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.languages import figures
from loraviewer.core.document import Document
from loraviewer.core.numbers import short_number
from loraviewer.core.pane_names import pane_letter
from loraviewer.core.prompt_words import with_word
from loraviewer.core.request import PromptAuthor, Sampling
from loraviewer.core.variants.prompts import drawn_words, with_typed
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards

_LONGEST = 40
"""Of the words that a step is called by."""


class PromptModel(QObject):
    """Every change of the `Sampling` value is one undo step."""

    sampling_changed = Signal(object)  # Sampling
    reworded = Signal(object, object)  # what was typed before an edit of it here, and after: str
    wildcards_changed = Signal()

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._wildcards = NO_WILDCARDS
        self._caret: int | None = None
        document.changed.connect(self._on_document_changed)

    @property
    def sampling(self) -> Sampling:
        return self._document.document.active_sampling

    def changed(self, **fields: Any) -> Sampling:
        """With new values for some fields; `prompt`: as a person types it. Its words are drawn
        anew only where it or the seed is another."""
        before = self.sampling
        typed = fields.pop("prompt", before.typed)
        now = msgspec.structs.replace(before, **fields)
        is_same = typed == before.typed
        if is_same and not (before.template and now.seed != before.seed):
            return now
        return with_typed(now, typed, self._wildcards)

    def change(self, **fields: Any) -> None:
        """As `changed`; equal values are no step."""
        self.change_in("", **fields)

    def change_in(self, key: str, **fields: Any) -> None:
        """As `change`; steps of one non-empty key are one."""
        self._reword(self.changed(**fields), key)

    def take_written(self, text: str, author: PromptAuthor) -> None:
        """A prompt that a language model wrote, in one step."""
        self._reword(msgspec.structs.replace(self.changed(prompt=text), author=author))

    def _reword(self, changed: Sampling, key: str = "") -> None:
        before = self.sampling
        self._edit(changed, key)
        if self.sampling.typed != before.typed:
            self.reworded.emit(before.typed, self.sampling.typed)

    def missing(self, sampling: Sampling) -> tuple[str, ...]:
        """Wildcards of its prompt that are not there."""
        if not sampling.template:
            return ()
        return drawn_words(sampling, self._wildcards).missing

    @Slot(object)
    def use_wildcards(self, wildcards: Wildcards) -> None:
        """From now on; the words that were drawn stay."""
        self._wildcards = wildcards
        self.wildcards_changed.emit()

    @Slot(object)
    def draw_from(self, wildcards: Wildcards) -> None:
        """At once: the words are drawn anew."""
        self.use_wildcards(wildcards)
        if template := self.sampling.template:
            self._edit(with_typed(self.sampling, template, wildcards))

    def _edit(self, changed: Sampling, key: str = "") -> None:
        document = self._document.document
        self._document.edit(self._sentence(changed), document.with_sampling(changed), key)

    def add_word(self, word: str) -> None:
        """Where the prompt is being written, or at its end; unless it is there already."""
        placed = with_word(self.sampling.typed, word, self._caret)
        if placed is not None:
            is_placed = self._caret is not None
            self.change(prompt=placed.prompt)
            self._caret = placed.caret if is_placed else None

    def write_at(self, caret: int) -> None:
        """The place in the prompt where words go that come from elsewhere, until it is another."""
        self._caret = caret

    def reset(self, sampling: Sampling) -> None:
        """Install values without an undo step (start-up, restored sessions)."""
        self._document.install(self._document.document.with_sampling(sampling))

    def reset_all(self, change: Callable[[Sampling], Sampling]) -> None:
        """As `reset`, of every pane."""
        self._document.install(self._document.document.with_samplings(change))

    def _sentence(self, now: Sampling) -> str:
        """What is new, and in which pane where only that has it."""
        before, document = self.sampling, self._document.document
        guidance = figures(short_number(now.guidance_scale))
        told = {
            "typed": self._words_sentence(
                self.tr("Prompt “{}”"), self.tr("Prompt emptied"), now.typed
            ),
            "negative_prompt": self._words_sentence(
                self.tr("Without “{}”"), self.tr("“Without” emptied"), now.negative_prompt
            ),
            "seed": self.tr("Seed {}").format(now.seed),
            "steps": self.tr("Steps {}").format(now.steps),
            "guidance_scale": self.tr("Guidance {}").format(guidance),
            "sampler": self.tr("Sampler {}").format(now.sampler),
            "words": self._reading_sentence(now),
        }
        parts = [told[name] for name in told if getattr(now, name) != getattr(before, name)]
        if (now.width, now.height) != (before.width, before.height):
            parts.append(self.tr("Size {}×{}").format(now.width, now.height))
        if not parts:
            parts.append(self.tr("Words of the prompt drawn again"))
        text = ", ".join(parts)
        if document.pane(document.active).is_frozen:
            return self.tr("{} in {}").format(text, pane_letter(document, document.active))
        return text

    def _reading_sentence(self, now: Sampling) -> str:
        is_weighted = now.words == "weighted"
        return self.tr("Prompts with weights") if is_weighted else self.tr("Prompts as letters")

    def _words_sentence(self, some: str, none: str, words: str) -> str:
        line = " ".join(words.split())
        short = line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "…"
        return some.replace("{}", short) if line else none

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.active_sampling.prompt != before.active_sampling.prompt:
            self._caret = None
        if document.active_sampling != before.active_sampling:
            self.sampling_changed.emit(document.active_sampling)
