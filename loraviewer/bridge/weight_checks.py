"""Comparing every live weight with what the stack must give, on request."""

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import Answer, VerifyJob
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.reports import WeightCheck
from loraviewer.core.stack import AppliedAdapter


class WeightChecks(QObject):
    """Holds the last result until something else is in the weights. GUI thread only."""

    changed = Signal()

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._result: WeightCheck | None = None
        self._is_checking = False
        self._adapters: tuple[AppliedAdapter, ...] | None = None
        self._rule = SUM

    @property
    def result(self) -> WeightCheck | None:
        """None while nothing is known: never checked, or other weights since."""
        return self._result

    @property
    def is_checking(self) -> bool:
        return self._is_checking

    def is_of(self, adapters: tuple[AppliedAdapter, ...], rule: MergeRule = SUM) -> bool:
        """Whether the result speaks of their stack; pictures that were made before are shown
        without other weights."""
        return self._adapters is None or (self._adapters, self._rule) == (adapters, rule)

    def verify(
        self, adapters: tuple[AppliedAdapter, ...] | None = None, rule: MergeRule = SUM
    ) -> None:
        """Of the stack with these adapters, merged by `rule`, whatever other pictures were made
        meanwhile; None for the one that is live."""
        self._is_checking, self._adapters, self._rule = True, adapters, rule
        self._engine.submit(VerifyJob(adapters, rule))
        self.changed.emit()

    def on_ended(self, answer: Answer) -> None:
        """Without a result where a base weight could not be read again, or it was stopped."""
        self._is_checking = False
        self._result = answer if isinstance(answer, WeightCheck) else None
        self.changed.emit()

    def forget(self) -> None:
        """Other weights are on their way."""
        if self._result is not None:
            self._result = None
            self.changed.emit()
