"""The words that the adapters in the stack brought with them: a base need not know them."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel


class TriggerWords(QObject):
    """Of the adapters that are applied, as their files name them, word by word in lower case."""

    changed = Signal()

    def __init__(
        self, stack: StackModel, adapters: AdapterModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._adapters = adapters
        self._words: frozenset[str] = frozenset()
        stack.stack_changed.connect(self._look)
        adapters.adapter_changed.connect(self._look)

    @property
    def words(self) -> frozenset[str]:
        return self._words

    @Slot(object)
    @Slot(str)
    def _look(self, _: object) -> None:
        before, self._words = self._words, frozenset(self._applied())
        if self._words != before:
            self.changed.emit()

    def _applied(self) -> list[str]:
        stack = self._stack.stack
        applied = stack.without_muted(self._adapters.muted(stack)).applied()
        summaries = (self._adapters.facts(adapter.sha256).summary for adapter in applied)
        phrases = [phrase for one in summaries if one for phrase in one.trigger_words]
        return [word for phrase in phrases for word in phrase.lower().replace(",", " ").split()]
