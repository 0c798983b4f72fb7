"""The small picture on a strip: what the whole one would be without its adapter."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.bridge.cells.ablation_model import RowPicture
from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.fitted_picture import fitted, paint_centred
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_ring_on_picture, fill_rounded
from loraviewer.ui.widgets.theme import (
    ICON_SIZE,
    SignalColour,
    backdrop,
    quiet_text,
    signal_colour,
)

SIDE_PX = 52
_VEIL = 0.6
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class ThumbLook:
    """What a strip is to show. `is_alone`: its adapter alone, in place of all but it. `is_coming`:
    what is missing will be made without anybody's doing."""

    row: RowPicture
    is_alone: bool = False
    is_coming: bool = True


class AblationThumb(QWidget):
    """A function of the look it was last shown, and of the name of its row."""

    looked = Signal(bool)
    """Somebody wants to see it large: by the pointer, or with Enter; or no longer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = ThumbLook(RowPicture())
        self._name = ""
        self._drawn: QPixmap | None = None
        self._is_looked_at = False
        self.setFixedSize(QSize(SIDE_PX, SIDE_PX))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def look(self) -> ThumbLook:
        return self._look

    def show_look(self, look: ThumbLook, name: str) -> None:
        if look == self._look and name == self._name:
            return
        if look.row.picture is not self._look.row.picture:
            self._drawn = None
        self._look, self._name = look, name
        words = self._words()
        self.setAccessibleName(words)
        self.setToolTip(plain_tip("" if look.row.picture else words))
        self.update()

    def _words(self) -> str:
        row = self._look.row
        if row.is_same:
            return self.tr("{} has no part in the picture: without it nothing changes.").format(
                self._name
            )
        if row.failure is not None:
            return shown(row.failure.message)
        words = self.tr("{} alone") if self._look.is_alone else self.tr("Without {}")
        return words.format(self._name)

    # -- looking at it --------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._set_looked_at(True)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._set_looked_at(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_looked_at(False)

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self._set_looked_at(False)

    def event(self, event) -> bool:
        # The window's Esc stops what runs; from here it puts the large picture away.
        if is_escape_offered(event) and self._is_looked_at:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self._set_looked_at(not self._is_looked_at)
        elif event.key() == Qt.Key.Key_Escape and self._is_looked_at:
            self._set_looked_at(False)
        else:
            super().keyPressEvent(event)

    def _set_looked_at(self, on: bool) -> None:
        if on != self._is_looked_at:
            self._is_looked_at = on
            self.looked.emit(on)

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        place = QRectF(self.rect())
        fill_rounded(painter, place, backdrop(self.palette()), 4)
        row = self._look.row
        if row.is_same:
            self._paint_sign(painter, "=")
        elif row.picture is not None:
            self._paint_picture(painter, place)
        elif row.failure is None:
            self._paint_sign(painter, "…" if self._look.is_coming else "–")
        if row.failure is not None:
            self._paint_failure(painter)
        if self.hasFocus():
            draw_ring_on_picture(painter, place, self.palette(), 4)
        painter.end()

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        row = self._look.row
        if self._drawn is None and row.picture is not None:
            self._drawn = fitted(row.picture.picture, self.size(), self.devicePixelRatioF())
        if self._drawn is not None:
            paint_centred(painter, self._drawn, place)
        if row.is_outdated:
            veil = backdrop(self.palette())
            veil.setAlphaF(_VEIL)
            painter.fillRect(place, veil)

    def _paint_sign(self, painter: QPainter, sign: str) -> None:
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        painter.setFont(font)
        painter.setPen(quiet_text(self.palette()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, sign)

    def _paint_failure(self, painter: QPainter) -> None:
        colour = signal_colour(self.palette(), SignalColour.ERROR)
        mark = pixmap("error", colour, ICON_SIZE, self.devicePixelRatioF())
        corner = self.rect().center() - mark.rect().center() / self.devicePixelRatioF()
        fill_rounded(painter, QRectF(corner, mark.deviceIndependentSize()), self._ground(), 9)
        painter.drawPixmap(corner, mark)

    def _ground(self):
        return self.palette().color(QPalette.ColorRole.Window)
