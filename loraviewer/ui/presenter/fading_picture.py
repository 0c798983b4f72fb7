"""A picture of the stage: as large as its place, the next one fading over the one before."""

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.languages import shown
from loraviewer.bridge.presenter.stage_pictures import StagePicture
from loraviewer.ui.panes.painted_picture import PaintedPicture
from loraviewer.ui.presenter.stage_fonts import sized
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, SignalColour, backdrop, quiet_text, signal_colour

FADE_MS = 250
_TITLE_SHARE = 0.035
_PROGRESS_PX = 3.0


class FadingPicture(QWidget):
    """A function of what it was last shown, once a fade is over."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen = StagePicture()
        self._picture = PaintedPicture()
        self._before = PaintedPicture()
        self._fade = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=FADE_MS)
        self._fade.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._fade.valueChanged.connect(self._on_fade)
        self._fade.finished.connect(self._end_fade)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def seen(self) -> StagePicture:
        return self._seen

    @property
    def is_fading(self) -> bool:
        return self._before.image is not None

    def set_smooth(self, is_smooth: bool) -> None:
        for picture in (self._picture, self._before):
            picture.set_smooth(is_smooth)
        self.update()

    def show_picture(self, seen: StagePicture, *, fades: bool) -> None:
        """`fades`: another picture comes over the one that is there, where the desktop wants
        anything to move; else it takes its place at once. Without one, the last stays."""
        if seen == self._seen:
            return
        before, now = self._seen.rendered, seen.rendered
        self._seen = seen
        self.setAccessibleName(seen.title)
        self.setAccessibleDescription(_why(seen))
        if now is not None and (before is None or before.picture != now.picture):
            self._end_fade()
            if fades and before is not None and self._may_move():
                self._before.show(self._picture.image)
                self._fade.start()
            self._picture.show(to_qimage(now.picture))
        self.update()

    def _may_move(self) -> bool:
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        return self.isVisible() and self.style().styleHint(hint, None, self) > 0

    @Slot(object)
    def _on_fade(self, _: object) -> None:
        self.update()

    @Slot()
    def _end_fade(self) -> None:
        self._fade.stop()
        self._before.show(None)
        self.update()

    def hideEvent(self, event) -> None:
        self._end_fade()
        super().hideEvent(event)

    # -- painting -------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 160)

    def picture_rect(self) -> QRectF:
        """Where the picture lies; empty where there is none."""
        top = self._title_height()
        place = QRectF(0, top, self.width(), max(0, self.height() - top))
        size = self._picture.size.toSizeF()
        if size.isEmpty() or place.isEmpty():
            return QRectF()
        size.scale(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        rect = QRectF(place.topLeft(), size)
        rect.moveCenter(place.center())
        return rect

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.fillRect(self.rect(), backdrop(self.palette()))
        rect = self.picture_rect()
        self._paint_pictures(painter, rect)
        self._paint_title(painter, rect)
        self._paint_marks(painter, rect)
        painter.end()

    def _paint_pictures(self, painter: QPainter, rect: QRectF) -> None:
        whole, ratio = QRectF(self.rect()), self.devicePixelRatioF()
        if self.is_fading:
            self._before.paint(painter, rect, whole, ratio)
            painter.setOpacity(float(self._fade.currentValue()))
        self._picture.paint(painter, rect, whole, ratio)
        painter.setOpacity(1.0)

    def _title_height(self) -> int:
        return QFontMetrics(sized(self.font(), self.height(), _TITLE_SHARE)).height() + GAP

    def _paint_title(self, painter: QPainter, rect: QRectF) -> None:
        font = sized(self.font(), self.height(), _TITLE_SHARE)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        left, right = (rect.left(), rect.right()) if rect.width() else (0.0, float(self.width()))
        height = self._title_height()
        place = QRectF(left, max(0.0, rect.top() - height), right - left, height)
        words = QFontMetrics(font).elidedText(
            self._seen.title, Qt.TextElideMode.ElideRight, round(place.width())
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_marks(self, painter: QPainter, rect: QRectF) -> None:
        """Quiet ones: that a picture failed, or how much of the next one there is."""
        palette = self.palette()
        if self._seen.failure is not None:
            side = max(16, self._title_height() // 2)
            colour = signal_colour(palette, SignalColour.WARNING)
            mark = pixmap("warning", colour, side, self.devicePixelRatioF())
            painter.drawPixmap(round(self.width() - side - GAP), GAP // 2, mark)
        elif self._seen.is_behind:
            line = rect if rect.width() else QRectF(self.rect())
            place = QRectF(line.left(), line.top() - _PROGRESS_PX, line.width(), _PROGRESS_PX)
            faint = QColor(quiet_text(palette))
            faint.setAlphaF(0.3)
            painter.fillRect(place, faint)
            place.setWidth(place.width() * self._seen.share)
            painter.fillRect(place, palette.color(QPalette.ColorRole.Accent))


def _why(seen: StagePicture) -> str:
    """There is no newer picture; "" where nothing went wrong."""
    return shown(seen.failure.message) if seen.failure is not None else ""
