"""How a picture or a heading of the filmstrip looks, and where its star lies."""

from PySide6.QtCore import (
    QEvent,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from loraviewer.bridge.pictures.filmstrip_model import PICTURE_ROLE
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import outline_rounded
from loraviewer.ui.widgets.picture_cells import (
    ON_PICTURE,
    Index,
    draw_behind,
    draw_cut,
    draw_ground,
    draw_star,
    is_pointed_at,
    shown_image,
    smooth,
    star_in,
)
from loraviewer.ui.widgets.theme import GAP, mix, quiet_text

THUMBNAIL_PX = 76
MARGIN_PX = 4
_NARROWEST_PX, _WIDEST_PX = 44, 152
_HEADING_PX = 72
_ROUNDING_PX = 4


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
        with smooth(painter):
            if isinstance(picture, StoredPicture):
                image = shown_image(index.data(Qt.ItemDataRole.DecorationRole))
                self._paint_picture(painter, view, option.rect, image)
                self._paint_ring(painter, view, option.rect, index, picture)
                self._paint_star(painter, view, option.rect, index, picture)
            else:
                words = str(index.data(Qt.ItemDataRole.DisplayRole))
                self._paint_heading(painter, view, option.rect, words)

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
        self, painter: QPainter, view: QAbstractItemView, cell: QRect, image: QImage | None
    ) -> None:
        place = QRectF(_picture_rect(cell))
        draw_ground(painter, place, view.palette(), _ROUNDING_PX)
        if image is not None:
            whole = QRectF(image.rect())
            draw_cut(painter, image, _fitted(place, image), whole, place, _ROUNDING_PX)

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
        if picture.is_starred or is_pointed_at(view, index):
            place, ratio = _star_rect(cell), view.devicePixelRatioF()
            draw_behind(painter, place)
            draw_star(painter, place, ON_PICTURE, ratio, is_starred=picture.is_starred)

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
    return star_in(_picture_rect(cell))


def _fitted(place: QRectF, image: QImage) -> QRectF:
    """The whole picture, as large as it fits."""
    size = image.size().toSizeF()
    size.scale(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    fitted = QRectF(place.topLeft(), size)
    fitted.moveCenter(place.center())
    return fitted
