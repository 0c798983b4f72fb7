"""Where on a map its points lie, and which point lies under the pointer."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

from loraviewer.core.map_cells import Index, Span

_SNAP, _FINE_SNAP = 0.05, 0.01


@dataclass(frozen=True)
class PlaneGeometry:
    """A plane of `level` by `level` places for pictures of one shape, the lowest values at the left
    and at the bottom. `resolution`: of the finest plane, in which places are counted."""

    plane: QRectF
    level: int
    resolution: int

    @classmethod
    def within(cls, room: QRectF, picture: QSizeF, level: int, resolution: int) -> "PlaneGeometry":
        """As large as the room lets it be."""
        size = picture.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = room.center() - QPointF(size.width() / 2, size.height() / 2)
        return cls(QRectF(corner, size), level, resolution)

    @property
    def cell_size(self) -> QSizeF:
        return self.plane.size() / self.level

    def place(self, index: Index) -> QRectF:
        """Of a point that the level has."""
        stride = self._stride
        column, row = index[0] // stride, index[1] // stride
        size = self.cell_size
        left = self.plane.left() + column * size.width()
        top = self.plane.bottom() - (row + 1) * size.height()
        return QRectF(left, top, size.width(), size.height())

    def index_at(self, where: QPointF) -> Index | None:
        """The point whose picture is there; None beside the plane."""
        if not self.plane.contains(where):
            return None
        size, last = self.cell_size, self.level - 1
        column = min(last, int((where.x() - self.plane.left()) / size.width()))
        row = min(last, int((self.plane.bottom() - where.y()) / size.height()))
        return column * self._stride, row * self._stride

    def spot(self, x: float, y: float) -> QPointF:
        """Of shares of both sides: 0 and 1 are the middles of the outer places. What lies outside
        is held at the edge."""
        across, up = (self._held((share * (self.level - 1) + 0.5) / self.level) for share in (x, y))
        plane = self.plane
        return QPointF(plane.left() + across * plane.width(), plane.bottom() - up * plane.height())

    def values_at(
        self, where: QPointF, x: Span, y: Span, *, is_fine: bool = False
    ) -> tuple[float, float]:
        """Strengths under the pointer, in steps of 0.05 or 0.01; within both sides."""
        plane = self.plane
        across = (where.x() - plane.left()) / plane.width()
        up = (plane.bottom() - where.y()) / plane.height()
        return (
            _snapped(x, self._share(across), is_fine=is_fine),
            _snapped(y, self._share(up), is_fine=is_fine),
        )

    @property
    def _stride(self) -> int:
        return (self.resolution - 1) // (self.level - 1)

    def _share(self, part: float) -> float:
        """From a part of the plane to a share of its side."""
        return max(0.0, min(1.0, (part * self.level - 0.5) / (self.level - 1)))

    def _held(self, part: float) -> float:
        return max(0.0, min(1.0, part))


def _snapped(span: Span, share: float, *, is_fine: bool) -> float:
    step = _FINE_SNAP if is_fine else _SNAP
    value = round(round(span.at(share) / step) * step, 3)
    return max(span.low, min(span.high, value))
