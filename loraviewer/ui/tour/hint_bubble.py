"""A sentence in a bubble whose arrow touches what it is about."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainterPath,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from loraviewer.ui.tour.bubble_place import ARROW_PX, Place, Side
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, RADIUS

_LETTERS = 46
"""A line of the sentence, about."""
_PAD = GAP + GAP // 2


class HintBubble(QWidget):
    """Lies over the window and never takes the keyboard by itself."""

    next_wanted = Signal()
    skip_wanted = Signal()
    leaving = Signal()
    """It is about to go, and the keyboard is on it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._place: Place | None = None
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._count = QuietLabel()
        self.skip = IconButton("close", self.tr("Skip the tour"), self.tr("For good (Esc)"))
        self.skip.with_words(self.tr("Skip the tour"))
        self.next = IconButton("next", "")
        self.skip.clicked.connect(self.skip_wanted)
        self.next.clicked.connect(self.next_wanted)
        self._body = QWidget(self)
        self._lay_out()
        self.hide()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    @property
    def count(self) -> str:
        return self._count.text()

    @property
    def has_keyboard(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    @Slot()
    def take_focus(self) -> None:
        self.next.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def say(self, sentence: str, at: int, count: int) -> None:
        """The hint at this place of so many, from 0."""
        self._sentence.setText(sentence)
        self._count.setText(self.tr("{at} of {count}").format(at=at + 1, count=count))
        words = self.tr("Done") if at + 1 == count else self.tr("Next")
        self.next.set_icon_name("check" if at + 1 == count else "next")
        self.next.setAccessibleName(words)
        self.next.setToolTip(words)
        self.next.with_words(words)
        self.setAccessibleName(f"{self.count}: {sentence}")

    def body_size(self, most: int) -> QSize:
        """Without the arrow; no wider than `most`."""
        wanted = self.fontMetrics().averageCharWidth() * _LETTERS + 2 * _PAD
        width = min(most, max(wanted, self._body.minimumSizeHint().width()))
        return QSize(width, self._body.heightForWidth(width))

    def lie(self, place: Place) -> None:
        """There, on top of everything; told to screen readers where it was away."""
        is_new = not self.isVisible()
        self._place = place
        self.setGeometry(place.whole)
        self._body.setGeometry(place.body.translated(-self.pos()))
        self.show()
        self.raise_()
        self.update()
        if is_new:
            self.announce()

    def announce(self) -> None:
        if QAccessible.isActive():
            QAccessible.updateAccessibility(
                QAccessibleAnnouncementEvent(self, self.accessibleName())
            )

    def go(self) -> None:
        if self.has_keyboard:
            self.leaving.emit()
        self.hide()

    # -- events ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # The window's Esc stops what runs; from here it is for the hint.
        if is_escape_offered(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.skip_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        if self._place is None:
            return
        palette = self.palette()
        painter = antialiased(self)
        painter.setBrush(palette.color(QPalette.ColorRole.ToolTipBase))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 1.5))
        painter.drawPath(self._outline(self._place))
        painter.end()

    def _outline(self, place: Place) -> QPainterPath:
        body, arrow = QPainterPath(), QPainterPath()
        body.addRoundedRect(QRectF(self._body.geometry()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        tip = QPointF(place.tip - self.pos())
        deep, wide = ARROW_PX + 2, ARROW_PX - 2
        into = {
            Side.BELOW: QPoint(0, deep), Side.ABOVE: QPoint(0, -deep),
            Side.RIGHT: QPoint(deep, 0), Side.LEFT: QPoint(-deep, 0),
        }[place.side]  # fmt: skip
        across = QPoint(wide, 0) if into.x() == 0 else QPoint(0, wide)
        arrow.addPolygon(QPolygonF([tip, tip + into + across, tip + into - across, tip]))
        return body.united(arrow)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP // 2)
        row.addWidget(self._count)
        row.addStretch()
        row.addWidget(self.skip)
        row.addWidget(self.next)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(_PAD, _PAD, _PAD, GAP // 2)
        column.setSpacing(GAP // 2)
        column.addWidget(self._sentence)
        column.addLayout(row)
