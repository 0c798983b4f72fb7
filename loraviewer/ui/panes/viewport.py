"""Where linked panes look: one zoom and one centre, shared."""

from PySide6.QtCore import QObject, QPointF, Signal, Slot

from loraviewer.ui.panes.loupe import Loupe

LARGEST = 64.0
SMALLEST = 0.25


class Viewport(QObject):
    """`zoom` 1 fits the picture into its pane; `centre` is in picture widths and heights, 0 … 1.
    `loupe`: the glass that goes with it.

    Relative numbers, so that pictures of different sizes stay linked.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self.loupe = Loupe(self)

    @property
    def zoom(self) -> float:
        return self._zoom

    @property
    def centre(self) -> QPointF:
        return QPointF(self._centre)

    @property
    def is_fit(self) -> bool:
        return self._zoom == 1.0 and self._centre == QPointF(0.5, 0.5)

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """The centre stays within the picture; a picture smaller than its pane is centred."""
        zoom = max(SMALLEST, min(LARGEST, zoom))
        if zoom <= 1.0:
            centre = QPointF(0.5, 0.5)
        centre = QPointF(max(0.0, min(1.0, centre.x())), max(0.0, min(1.0, centre.y())))
        if zoom != self._zoom or centre != self._centre:
            self._zoom, self._centre = zoom, centre
            self.changed.emit()

    @Slot()
    def fit(self) -> None:
        self.look_at(QPointF(0.5, 0.5), 1.0)

    def zoom_about(self, point: QPointF, factor: float) -> None:
        """Zoom so that `point` of the picture (0 … 1) stays where it is on the screen."""
        zoom = max(SMALLEST, min(LARGEST, self._zoom * factor))
        if abs(zoom - 1.0) < 0.02:
            zoom = 1.0
        share = self._zoom / zoom
        self.look_at(point + (self._centre - point) * share, zoom)
