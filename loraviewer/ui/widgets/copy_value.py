"""A value that a click copies whole, however little of it there is room to show."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import GAP, quiet_text

_ICON_PX = 16
_SAID_MS = 1500


class CopyValue(QAbstractButton):
    """One line in figures of equal width, elided in the middle; a tick says it was copied."""

    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self._was_copied = False
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.setInterval(_SAID_MS)
        self._said.timeout.connect(self._on_said)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.setFont(font)
        self.setText(value)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Copy {}").format(name))
        self.setAccessibleDescription(value)
        self.setToolTip(plain_tip(self.tr("{}\nClick to copy.").format(value)))
        self.clicked.connect(self._on_clicked)

    @property
    def value(self) -> str:
        return self._value

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._value)
        return QSize(width + _ICON_PX + 3 * GAP, self._line_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self._line_height())

    def _line_height(self) -> int:
        return self.fontMetrics().height() + GAP // 2

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QEvent) -> None:
        self._said.stop()
        self._on_said()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        if self.underMouse():
            fill_rounded(
                painter, self.rect().toRectF(), self.palette().color(QPalette.ColorRole.Midlight), 4
            )
        self._paint_words(painter)
        if self.hasFocus():
            draw_focus_ring(painter, self.rect().toRectF(), self.palette(), 4)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        room = self.width() - _ICON_PX - GAP - GAP // 2
        metrics = self.fontMetrics()
        words = metrics.elidedText(self._value, Qt.TextElideMode.ElideMiddle, room)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        inside = self.rect().adjusted(GAP // 2, 0, 0, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, words)
        x = GAP + metrics.horizontalAdvance(words)
        picture = "check" if self._was_copied else "copy"
        drawn = pixmap(picture, quiet_text(self.palette()), _ICON_PX, self.devicePixelRatioF())
        painter.drawPixmap(x, (self.height() - _ICON_PX) // 2, drawn)

    @Slot()
    def _on_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._value)
        self._was_copied = True
        self._said.start()
        self.update()

    @Slot()
    def _on_said(self) -> None:
        self._was_copied = False
        self.update()
