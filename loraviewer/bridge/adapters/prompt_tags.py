"""`<lora:name:0.8>` that somebody types into the prompt becomes a row of the stack."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.named_adapters import NamedAdapters, NamedRows
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.foreign.tags import AdapterTag, adapter_tags, without_tags
from loraviewer.core.numbers import short_number
from loraviewer.core.stack import StackEntry
from loraviewer.core.variants.template import plain_text


class PromptTags(QObject):
    """Taking tags is one undo step, which gives them back as text; from there they are only taken
    when they are typed again. What is not found stays in the prompt. GUI thread only."""

    taken = Signal(object)  # tags that are no longer in the prompt, tuple[str, ...]
    told = Signal(str)  # one sentence: which rows came of them
    mentioned = Signal(str)  # one sentence: nothing, or not all, was taken

    def __init__(
        self,
        stack: StackModel,
        prompt: PromptModel,
        named: NamedAdapters,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._prompt = prompt
        self._named = named
        prompt.reworded.connect(self._on_reworded)

    def stop(self) -> None:
        """Forget the tags whose adapters are looked for."""
        self._named.stop()

    @Slot(object, object)
    def _on_reworded(self, before: str, now: str) -> None:
        known = {tag.text for tag in adapter_tags(before)}
        # What a choice holds is there for some seeds only, and no stack is.
        new = [tag for tag in adapter_tags(plain_text(now)) if tag.text not in known]
        if new:
            adapters = [tag.adapter for tag in new]
            self._named.look_for(adapters, partial(self._on_found, new))

    def _on_found(self, tags: Sequence[AdapterTag], named: NamedRows) -> None:
        there = self._prompt.sampling.typed
        pairs = zip(tags, named.rows, strict=False)  # no rows where the search failed
        found = [(tag, row) for tag, row in pairs if row is not None and tag.text in there]
        if found:
            self._take([tag for tag, _ in found], [row for _, row in found])
        if named.missing:
            self.mentioned.emit(named.missing)

    def _take(self, tags: Sequence[AdapterTag], rows: Sequence[StackEntry]) -> None:
        texts = tuple(tag.text for tag in tags)
        left = self._prompt.changed(prompt=without_tags(self._prompt.sampling.typed, texts))
        step = self.tr("Take {} from the prompt").format(", ".join(row.name for row in rows))
        self._stack.take_from_prompt(step, rows, left)
        self.taken.emit(texts)
        self.told.emit(self._sentence(rows))
        if odd := [phrase for tag in tags for phrase in tag.not_understood]:
            words = self.tr("Not understood in the prompt’s tags: {}.")
            self.mentioned.emit(words.format("; ".join(map(shown, odd))))

    def _sentence(self, rows: Sequence[StackEntry]) -> str:
        told = ", ".join(f"{row.name} {figures(short_number(row.scale))}" for row in rows)
        words = self.tr("Taken from the prompt into the stack: {}; undo gives the tags back.")
        if len(rows) == 1:
            words = self.tr("Taken from the prompt into the stack: {}; undo gives the tag back.")
        return words.format(told)
