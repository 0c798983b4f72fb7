"""The lamp that says whether the live weights are exactly base plus stack."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.status_model import StatusModel, StudioStatus
from loraviewer.bridge.weight_checks import WeightChecks
from loraviewer.core.captions import rule_words
from loraviewer.core.document import Document
from loraviewer.core.pane import PaneState
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring
from loraviewer.ui.widgets.theme import (
    FIELD_HEIGHT,
    SignalColour,
    idle,
    is_palette_change,
    signal_colour,
)

_LAMP_PX = 12


class IntegrityLamp(QToolButton):
    """Green while a settled picture is shown whose weights are those of its stack; a draft and what
    is under way are neither green nor red. A click verifies all weights and says what came of it.
    """

    def __init__(
        self,
        document: DocumentModel,
        panes: PaneModel,
        base: BaseModel,
        status: StatusModel,
        checks: WeightChecks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._panes = panes
        self._base = base
        self._status = status
        self._checks = checks
        self._signal: SignalColour | None = None
        self._memory = status.status.memory
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(FIELD_HEIGHT)
        self.setIconSize(QSize(_LAMP_PX, _LAMP_PX))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.clicked.connect(self.verify)
        panes.pane_changed.connect(self._on_pane_changed)
        document.changed.connect(self._on_document_changed)
        checks.changed.connect(self._show)
        base.changed.connect(self._on_base_changed)
        status.changed.connect(self._on_status_changed)
        self._show()

    @property
    def signal_shown(self) -> SignalColour | None:
        """None while the weights are under way or nothing is loaded."""
        return self._signal

    @Slot()
    def verify(self) -> None:
        """Of the stack whose picture is shown: that of another pane, or none of any pane's, may be
        live now."""
        shown = self._state.shown
        is_settled = shown is not None and self._judged_by_picture() is SignalColour.FINE
        if self._base.info is not None:
            asked = shown.request if shown and is_settled else None
            if asked is None:
                self._checks.verify()
            else:
                self._checks.verify(asked.adapters, asked.merge_rule)

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.pane_id == self._document.document.active:
            self._show()

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.active != before.active:
            self._show()

    @Slot(object)
    def _on_base_changed(self, _: object) -> None:
        self._show()

    @Slot(object)
    def _on_status_changed(self, status: StudioStatus) -> None:
        if status.memory != self._memory:
            self._memory = status.memory
            self._show()

    @Slot()
    def _show(self) -> None:
        judged, words = self._judged(), self._words()
        if judged is not self._signal or self.icon().isNull():
            self._signal = judged
            self._draw_lamp()
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(words)
        self.setToolTip(plain_tip(self._explained()))

    @property
    def _state(self) -> PaneState:
        return self._panes.pane(self._document.document.active)

    @property
    def _differing(self) -> tuple[str, ...]:
        return self._checks.result.differing if self._checks.result else ()

    def _judged(self) -> SignalColour | None:
        return SignalColour.ERROR if self._differing else self._judged_by_picture()

    def _judged_by_picture(self) -> SignalColour | None:
        state = self._state
        is_current = state.shown is not None and not state.is_outdated and not state.is_busy
        return SignalColour.FINE if is_current and not self._is_draft() else None

    def _is_draft(self) -> bool:
        """Weights of a held fader may be a rounding step away and have no fingerprint."""
        shown = self._state.shown
        return shown is not None and (shown.request.is_draft or not shown.fingerprint)

    def _words(self) -> str:
        result = self._checks.result
        if self._checks.is_checking:
            return self.tr("checking…")
        if self._differing:
            return self.tr("{} weights differ").format(len(self._differing))
        if result is not None and self._is_of_what_is_shown():
            return self.tr("{} weights checked, all exact").format(result.checked)
        stack = self._state.stack
        count, rule = len(stack.applied()), stack.rule_in_force
        sum_ = f"W = W₀ + {count}" if count else "W = W₀"
        if not rule.is_sum:
            sum_ = self.tr("{} of {}").format(shown(rule_words(rule)), count)
        return self.tr("draft of {}").format(sum_) if self._is_draft() else sum_

    def _is_of_what_is_shown(self) -> bool:
        shown = self._state.shown
        asked = shown.request if shown else None
        is_of_it = asked is None or self._checks.is_of(asked.adapters, asked.merge_rule)
        return is_of_it and not self._state.is_outdated

    def _explained(self) -> str:
        lines = [
            self.tr("The weights in use are the base’s own (W₀) plus the adapters of the stack."),
            self.tr("Nothing is ever subtracted: switch all rows off, and W is W₀ bit for bit."),
            *self._beside(),
            *self._about_draft(),
            self.tr("Click to compare every weight."),
        ]
        if self._memory is not None:
            lines.append(shown(self._memory.sentence))
        if self._differing:
            lines.append(self.tr("Differing: {}").format(", ".join(self._differing[:8])))
        return "\n".join(lines)

    def _about_draft(self) -> list[str]:
        words = self.tr("The picture is a draft: let the fader go, or render, for the exact one.")
        return [words] if self._is_draft() else []

    def _beside(self) -> list[str]:
        """One line for every reason for which adapters are not merged."""
        checkpoint = self._base.info
        components: dict[str, list[str]] = {}
        for choice in checkpoint.merge_modes if checkpoint else ():
            if choice.mode == "unmerged":
                components.setdefault(choice.reason, []).append(choice.component)
        line = self.tr("Adapters are computed beside the weights of {}, not merged. {}")
        return [
            line.format(", ".join(map(shown, names)), shown(reason))
            for reason, names in components.items()
        ]

    def _draw_lamp(self) -> None:
        palette = self.palette()
        colour = idle(palette) if self._signal is None else signal_colour(palette, self._signal)
        self.setIcon(_lamp(colour, self.devicePixelRatioF()))

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._draw_lamp()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = antialiased(self)
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), 5)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


def _lamp(colour: QColor, device_ratio: float) -> QIcon:
    drawn = QPixmap(round(_LAMP_PX * device_ratio), round(_LAMP_PX * device_ratio))
    drawn.setDevicePixelRatio(device_ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(_LAMP_PX / 2, _LAMP_PX / 2), 4.5, 4.5)
    painter.end()
    return QIcon(drawn)
