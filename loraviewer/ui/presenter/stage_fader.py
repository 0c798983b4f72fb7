"""A row of the stage: its number and switch, name, strength, and a large fader."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.bridge.presenter.presenter_model import PresenterModel, StageRow
from loraviewer.ui.presenter.stage_fonts import sized
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.painting import antialiased, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, RADIUS, idle, mix

LEAST = QSize(196, 48)
HIGHEST_PX = 108
_WORDS_SHARE, _NARROW = 0.3, 0.32
"""How high words are in their row; in a narrow one, as if it was as high as that of its width."""
_OWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class _Fader(StrengthSlider):
    """Keys that are others' on the stage go on to its window."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _OWN_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()


class StageFader(QWidget):
    """A function of the row it was last shown; it shows another one when the page is turned."""

    def __init__(self, model: PresenterModel, row: StageRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._row = row
        self.fader = _Fader(*row.entry.fader_ends, row.name, "", self)
        self.fader.strength_changed.connect(self._on_strength_changed)
        self.fader.drag_started.connect(model.begin_drag)
        self.fader.drag_resumed.connect(model.resume_drag)
        self.fader.drag_ended.connect(model.end_drag)
        self.fader.entered.connect(self._on_entered)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(HIGHEST_PX)
        self._tell(row)

    @property
    def row(self) -> StageRow:
        return self._row

    @property
    def value(self) -> str:
        """As it is read in the room."""
        return figures(f"{self._row.entry.scale:.2f}").replace("-", "−")

    def show_row(self, row: StageRow) -> None:
        if row == self._row:
            return
        self._tell(row)

    def _tell(self, row: StageRow) -> None:
        if row.entry.entry_id != self._row.entry.entry_id:
            self.fader.end_gesture()
        self._row = row
        self.fader.set_ends(*row.entry.fader_ends)
        self.fader.set_strength(row.entry.scale)
        self.fader.set_applied(row.is_applied)
        self.fader.setAccessibleName(row.name)
        words = self.tr("{}, key {}, on") if row.entry.is_enabled else self.tr("{}, key {}, off")
        self.setAccessibleName(words.format(row.name, row.number))
        self.update()

    @Slot(float)
    def _on_strength_changed(self, strength: float) -> None:
        self._model.set_strength(self._row.entry.entry_id, strength)
        self.fader.set_strength(self._row.entry.scale)  # where its range ended

    @Slot()
    def _on_entered(self) -> None:
        self._model.select(self._row.entry.entry_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Beside the fader: the switch."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._model.toggle_row(self._row.number)

    # -- geometry and painting ------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return LEAST

    def sizeHint(self) -> QSize:
        return LEAST

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.fader.set_size(max(1.0, self.height() / LEAST.height()))
        top = self.height() // 2
        self.fader.setGeometry(GAP, top, self.width() - 2 * GAP, self.height() - top)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        palette, whole = self.palette(), QRectF(self.rect())
        window = palette.color(QPalette.ColorRole.Window)
        accent = palette.color(QPalette.ColorRole.Accent)
        share = 0.16 if self._row.is_selected else 0.0
        fill_rounded(painter, whole, mix(window, accent, share), RADIUS)
        room = min(self.height(), self.width() * _NARROW)
        painter.setFont(sized(self.font(), room, _WORDS_SHARE))
        badge = self._paint_badge(painter)
        self._paint_words(painter, badge.right() + GAP)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> QRect:
        """The key's number, filled while the row is on."""
        side = self.height() // 2 - GAP // 2
        place, palette = QRect(GAP, GAP // 2, side, side), self.palette()
        accent, quiet = palette.color(QPalette.ColorRole.Accent), idle(palette)
        colour = accent if self._row.is_applied else quiet
        if self._row.entry.is_enabled:
            fill_rounded(painter, QRectF(place), colour, RADIUS)
            painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
        else:
            outline_rounded(painter, QRectF(place), colour, RADIUS, 2.0)
            painter.setPen(quiet)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(self._row.number))
        return place

    def _paint_words(self, painter: QPainter, left: int) -> None:
        metrics, palette = QFontMetrics(painter.font()), self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        painter.setPen(text if self._row.is_applied else idle(palette))
        right, top = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        place = QRect(left, 0, self.width() - left - GAP, self.height() // 2 + GAP // 4)
        painter.drawText(place, right | top, self.value)
        place.setWidth(place.width() - metrics.horizontalAdvance(self.value) - GAP)
        name = metrics.elidedText(self._row.name, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | top, name)
