"""Rows that do not fit the base are switched off, and on again when one is there that they fit."""

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapter_model import AdapterModel
from loraviewer.bridge.stack_model import StackModel
from loraviewer.core.reports import AdapterReport
from loraviewer.core.stack import StackEntry


class MisfitSwitch(QObject):
    """None of it is an undo step: it is not the person's edit. A row whose switch the person has
    touched since is theirs and stays as they left it.
    """

    def __init__(
        self, stack: StackModel, adapters: AdapterModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._adapters = adapters
        self._silenced: set[str] = set()
        """Entry ids of rows that were on until they did not fit."""
        self._insisted: set[str] = set()
        """Entry ids of rows a person has switched on although they do not fit well."""
        stack.switched_by_hand.connect(self._on_switched_by_hand)

    def use_base(self) -> None:
        """With another base, nobody insists on anything yet."""
        self._insisted.clear()

    @Slot()
    def review(self) -> None:
        """Bring all switches in line with what is known of the adapters."""
        off, on = set(), set()
        for entry in self._stack.stack.entries:
            if self._must_be_silent(entry):
                off.add(entry.entry_id)
            elif self._may_sound_again(entry):
                on.add(entry.entry_id)
        self._silenced = (self._silenced | off) - on
        self._stack.switch_quietly(on=on, off=off)

    @Slot(str, bool)
    def _on_switched_by_hand(self, entry_id: str, is_on: bool) -> None:
        self._silenced.discard(entry_id)
        if is_on:
            self._insisted.add(entry_id)
        else:
            self._insisted.discard(entry_id)

    def _must_be_silent(self, entry: StackEntry) -> bool:
        facts = self._adapters.facts(entry.sha256)
        if not entry.is_enabled or not facts.is_misfit or self._adapters.is_pending(entry.sha256):
            return False
        landed = isinstance(facts.report, AdapterReport) and bool(facts.report.matched)
        return not (landed and entry.entry_id in self._insisted)

    def _may_sound_again(self, entry: StackEntry) -> bool:
        facts = self._adapters.facts(entry.sha256)
        is_settled = facts.report is not None and not facts.is_misfit
        return entry.entry_id in self._silenced and not entry.is_enabled and is_settled
