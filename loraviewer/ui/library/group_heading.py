"""The line over a group of the library: what it holds, and how many."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from loraviewer.ui.library.library_words import count_text
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, idle, quiet_text

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CHEVRON_PX = 14


class GroupHeading(QAbstractButton):
    """Checked while its group is the one that is listed below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count: int | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def count(self) -> int | None:
        """None until it is known."""
        return self._count

    def show_group(self, title: str, tip: str) -> None:
        self.setText(title)
        self.setToolTip(plain_tip(tip))
        self._say()

    def show_count(self, count: int | None) -> None:
        self._count = count
        self._say()

    def sizeHint(self) -> QSize:
        return QSize(120, FIELD_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, FIELD_HEIGHT)

    def nextCheckState(self) -> None:
        """The open group stays open."""
        self.setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.click()
        else:
            event.ignore()

    def paintEvent(self, event) -> None:
        painter, palette = antialiased(self), self.palette()
        around = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        if self.underMouse():
            fill_rounded(painter, around, palette.color(QPalette.ColorRole.Midlight), 4)
        chevron = pixmap("chevron", idle(palette), _CHEVRON_PX, self.devicePixelRatioF())
        centre = QPointF(GAP / 2 + _CHEVRON_PX / 2, self.height() / 2)
        painter.save()
        painter.translate(centre)
        painter.rotate(0 if self.isChecked() else -90)
        painter.drawPixmap(QPointF(-_CHEVRON_PX / 2, -_CHEVRON_PX / 2), chevron)
        painter.restore()
        told = "" if self._count is None else count_text(self._count)
        width = self.fontMetrics().horizontalAdvance(told)
        left = _CHEVRON_PX + GAP
        painter.setPen(quiet_text(palette))
        right = QRect(self.width() - width - GAP, 0, width + 2, self.height())
        painter.drawText(right, Qt.AlignmentFlag.AlignVCenter, told)
        self._set_font(painter)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        inside = QRect(left, 0, self.width() - left - width - 2 * GAP, self.height())
        elided = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, elided)
        if self.hasFocus():
            draw_focus_ring(painter, around, palette, 4)
        painter.end()

    def _set_font(self, painter) -> None:
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)

    def _say(self) -> None:
        told = "" if self._count is None else count_text(self._count)
        self.setAccessibleName(" ".join(part for part in (self.text(), told) if part))
        self.update()
