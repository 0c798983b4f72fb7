"""A picture beside the pointer, with a line of words."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPalette, QPixmap
from PySide6.QtWidgets import QWidget

from loraviewer.ui.widgets.fitted_picture import fitted_image, paint_centred
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP

_SIDE_PX = 224
_AWAY_PX = 18


class PictureTip(QWidget):
    """Over everything, and in nobody's way: it takes neither pointer nor keyboard."""

    def __init__(self, parent: QWidget) -> None:
        flags = Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput
        super().__init__(parent, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._image: QImage | None = None
        self._drawn: QPixmap | None = None
        self._words: list[str] = []

    @property
    def words(self) -> str:
        return "\n".join(self._words)

    def show_picture(self, image: QImage | None, words: str, at: QPoint) -> None:
        """at: of the pointer, on the screen. Without a picture the words alone."""
        if image is not self._image:
            self._image, self._drawn = image, None
        self._words = words.split("\n")
        self.resize(self._wanted())
        self.move(self._place(at))
        self.setAccessibleName(words)
        self.update()
        self.show()

    def _wanted(self) -> QSize:
        metrics = self.fontMetrics()
        lines = metrics.lineSpacing() * len(self._words)
        widest = max(metrics.horizontalAdvance(line) for line in self._words)
        if self._image is None:
            return QSize(min(2 * _SIDE_PX, widest) + 2 * GAP, lines + GAP)
        return QSize(_SIDE_PX + GAP, _SIDE_PX + lines + GAP + GAP // 2)

    def _place(self, at: QPoint) -> QPoint:
        """Right of the pointer and above it, where the screen has room for it."""
        screen = QGuiApplication.screenAt(at) or self.screen()
        room = screen.availableGeometry()
        x = at.x() + _AWAY_PX
        if x + self.width() > room.right():
            x = at.x() - _AWAY_PX - self.width()
        y = max(room.top(), min(at.y() - self.height() // 2, room.bottom() - self.height()))
        return QPoint(max(room.left(), x), y)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.ToolTipBase))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        top = GAP / 2
        if self._image is not None:
            place = QRectF(GAP / 2, GAP / 2, _SIDE_PX, _SIDE_PX)
            if self._drawn is None:
                size = place.size().toSize()
                self._drawn = fitted_image(self._image, size, self.devicePixelRatioF())
            paint_centred(painter, self._drawn, place)
            top = place.bottom() + GAP / 2
        painter.setPen(palette.color(QPalette.ColorRole.ToolTipText))
        metrics = self.fontMetrics()
        for number, words in enumerate(self._words):
            line = QRectF(
                GAP / 2, top + number * metrics.lineSpacing(), self.width() - GAP, metrics.height()
            )
            text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
