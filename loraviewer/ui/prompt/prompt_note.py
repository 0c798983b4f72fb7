"""The lines that say what becomes of the words in the prompt bar."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from loraviewer.bridge.adapters.trigger_words import TriggerWords
from loraviewer.bridge.languages import shown
from loraviewer.core.prompt_syntax import letters_sentence
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import Sampling, WordReading
from loraviewer.core.unread import TokenCount, unread_sentence
from loraviewer.ui.prompt.prompt_fields import unknown_words
from loraviewer.ui.prompt.variant_notes import author_note, drawn_notes, missing_notes
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.theme import SignalColour


class PromptNote(ElidedLines):
    """For words that the base doesn't read or know, and values that cannot be rendered."""

    def __init__(self, triggers: TriggerWords, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._triggers = triggers
        self._base: CheckpointInfo | None = None
        self.set_look(quiet=True)

    def use_base(self, info: CheckpointInfo) -> None:
        self._base = info

    @property
    def can_weigh(self) -> bool:
        """Until a base says otherwise."""
        prompts = self._base and self._base.prompts
        return prompts is None or prompts.reads_weights

    def count(self, text: str, words: WordReading) -> TokenCount | None:
        """Of the tokens of a prompt; None where that is not known."""
        prompts = self._base and self._base.prompts
        return prompts.count(text, words) if prompts else None

    def show_problem(self, sentence: str) -> None:
        self.set_text(sentence)
        self.set_look(signal=SignalColour.WARNING)

    def show_sampling(self, typed: Sampling, missing: Sequence[str]) -> None:
        """typed: as it stands in the fields, also before it is sent. missing: wildcards that are
        not there."""
        unread, letters = self._unread(typed), self._letters(typed)
        told = [*unread, *self._unknown(typed), *missing_notes(typed, missing), *letters]
        # What is amiss first: the end is cut where there is no room.
        self.set_text(" · ".join([*told, *drawn_notes(typed), *author_note(typed.author)]))
        self.set_look(quiet=True, signal=SignalColour.WARNING if unread else None)

    def _unread(self, typed: Sampling) -> list[str]:
        if self._base is None or self._base.prompts is None:
            return []
        named = (self.tr("the prompt"), self.tr("“Without”"))
        return [shown(unread_sentence(one, *named)) for one in self._base.prompts.unread(typed)]

    def _letters(self, typed: Sampling) -> list[str]:
        texts = (typed.prompt, typed.negative_prompt)
        told = (letters_sentence(text, typed.words, can_weigh=self.can_weigh) for text in texts)
        return list(dict.fromkeys(shown(one) for one in told if one))

    def _unknown(self, typed: Sampling) -> list[str]:
        if self._base is None or self._base.known_words is None:
            return []
        known = self._base.known_words | self._triggers.words
        # Of a prompt that leaves something open: what it says, and what the seed makes of it.
        words = unknown_words(f"{typed.typed} {typed.prompt}", known)
        text = self.tr("{} doesn’t know: {}").format(shown(self._base.name), ", ".join(words))
        return [text] if words else []
