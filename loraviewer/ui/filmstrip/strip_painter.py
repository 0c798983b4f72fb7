"""How a picture or a heading of the filmstrip looks, and where its star lies."""

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPainterPath, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from loraviewer.bridge.pictures.filmstrip_model import PICTURE_ROLE
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, backdrop, mix, quiet_text

THUMBNAIL_PX = 76
MARGIN_PX = 4
_NARROWEST_PX, _WIDEST_PX = 44, 152
_HEADING_PX = 72
_STAR_PX = 14
_STARRED, _UNSTARRED, _BEHIND = QColor("#f0b252"), QColor("white"), QColor(0, 0, 0, 150)
"""Over a picture, whatever the scheme is."""
_ROUNDING_PX = 4

Index = QModelIndex | QPersistentModelIndex


class StripPainter(QStyledItemDelegate):
    """`looked_at`: the key of the picture that is shown large, "" for none."""

    looked_at = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        picture = index.data(PICTURE_ROLE)
        height = THUMBNAIL_PX + 2 * MARGIN_PX
        if not isinstance(picture, StoredPicture):
            return QSize(_HEADING_PX, height)
        sampling = picture.sampling
        width = round(THUMBNAIL_PX * sampling.width / max(1, sampling.height))
        return QSize(min(max(width, _NARROWEST_PX), _WIDEST_PX) + 2 * MARGIN_PX, height)

    def is_on_star(self, cell: QRect, where: QPoint) -> bool:
        return _star_rect(cell).adjusted(-6, -6, 6, 6).contains(where)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        picture, view = index.data(PICTURE_ROLE), self.parent()
        assert isinstance(view, QAbstractItemView)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if isinstance(picture, StoredPicture):
            image = index.data(Qt.ItemDataRole.DecorationRole)
            self._paint_picture(painter, view, option.rect, image)
            self._paint_ring(painter, view, option.rect, index, picture)
            self._paint_star(painter, view, option.rect, index, picture)
        else:
            words = str(index.data(Qt.ItemDataRole.DisplayRole))
            self._paint_heading(painter, view, option.rect, words)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        if event.type() != QEvent.Type.ToolTip or index.data(PICTURE_ROLE) is None:
            return super().helpEvent(event, view, option, index)
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        QToolTip.showText(event.globalPos(), plain_tip(words), view)
        return True

    def _paint_picture(
        self, painter: QPainter, view: QAbstractItemView, cell: QRect, image: object
    ) -> None:
        place = QRectF(_picture_rect(cell))
        fill_rounded(painter, place, backdrop(view.palette()), _ROUNDING_PX)
        if not isinstance(image, QImage) or image.isNull():
            return
        path = QPainterPath()
        path.addRoundedRect(place, _ROUNDING_PX, _ROUNDING_PX)
        painter.save()
        painter.setClipPath(path)
        painter.drawImage(_fitted(place, image), image)
        painter.restore()

    def _paint_ring(
        self,
        painter: QPainter,
        view: QAbstractItemView,
        cell: QRect,
        index: Index,
        picture: StoredPicture,
    ) -> None:
        """Strong where it is shown large or keys go, quiet where keys would go."""
        palette = view.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        is_current = view.currentIndex() == index
        around = QRectF(_upper(cell).adjusted(1, 1, -1, -1))
        if picture.key == self.looked_at or (is_current and view.hasFocus()):
            outline_rounded(painter, around, accent, _ROUNDING_PX + 2, 2.0)
        elif is_current:
            quiet = mix(palette.color(QPalette.ColorRole.Window), accent, 0.55)
            outline_rounded(painter, around, quiet, _ROUNDING_PX + 2, 1.0)

    def _paint_star(
        self,
        painter: QPainter,
        view: QAbstractItemView,
        cell: QRect,
        index: Index,
        picture: StoredPicture,
    ) -> None:
        """Also where it could be clicked."""
        under = view.indexAt(view.viewport().mapFromGlobal(view.cursor().pos()))
        is_hovered = view.viewport().underMouse() and under == index
        if not (picture.is_starred or is_hovered):
            return
        place = _star_rect(cell)
        fill_rounded(painter, QRectF(place.adjusted(-3, -3, 3, 3)), _BEHIND, 10)
        colour = _STARRED if picture.is_starred else _UNSTARRED
        name = "starred" if picture.is_starred else "star"
        ratio = view.devicePixelRatioF()
        painter.drawPixmap(place.topLeft(), pixmap(name, colour, _STAR_PX, ratio))

    def _paint_heading(
        self, painter: QPainter, view: QAbstractItemView, cell: QRect, words: str
    ) -> None:
        palette, cell = view.palette(), _upper(cell)
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        x = cell.left() + GAP // 2
        painter.drawLine(x, cell.top() + GAP, x, cell.bottom() - GAP)
        painter.setPen(quiet_text(palette))
        inside = cell.adjusted(GAP + 2, GAP, -2, -GAP)
        flags = (
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        )
        painter.drawText(inside, flags, words)


def _upper(cell: QRect) -> QRect:
    """Of one height, whether there is a scroll bar below or not."""
    return QRect(cell.topLeft(), QSize(cell.width(), THUMBNAIL_PX + 2 * MARGIN_PX))


def _picture_rect(cell: QRect) -> QRect:
    return _upper(cell).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)


def _star_rect(cell: QRect) -> QRect:
    corner = _picture_rect(cell).topRight()
    return QRect(corner.x() - _STAR_PX - 4, corner.y() + 5, _STAR_PX, _STAR_PX)


def _fitted(place: QRectF, image: QImage) -> QRectF:
    """The whole picture, as large as it fits."""
    size = image.size().toSizeF()
    size.scale(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    fitted = QRectF(place.topLeft(), size)
    fitted.moveCenter(place.center())
    return fitted
