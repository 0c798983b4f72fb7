"""Small pictures of the cells of the experiment that is shown, as far as they were ever seen."""

from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.images import to_qimage
from loraviewer.core.experiments.cells import Cell
from loraviewer.core.outcome import Rendered

_SIDE_PX = 256
"""Larger than any cell of the grid: beside the pointer they are seen at this size."""
_MOST = 1200
"""Pictures that are kept, some 230 MB of the largest."""


class PictureShelf(QObject):
    """What is not kept is read from the experiment's folder when it is asked for. GUI thread
    only."""

    came = Signal(object)  # Cell

    def __init__(self, experiments: Experiments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._experiments = experiments
        self._folder: Path | None = None
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._there: set[str] | None = set()
        """Cells whose pictures lie in the folder; None where all may."""
        self._asked: dict[str, Cell] = {}
        self._lost: set[str] = set()
        self._absent: set[str] = set()
        experiments.picture_read.connect(self._on_picture_read)

    def show(self, folder: Path | None, there: Collection[str] | None) -> None:
        """Of another experiment. there: ids of the cells whose pictures lie in its folder; None
        where all may."""
        self._folder = folder
        for known in (self._kept, self._asked, self._lost, self._absent):
            known.clear()
        self._there = set(there) if there is not None else None

    def use_folder(self, folder: Path | None) -> None:
        """Where the same experiment lies, once that is known."""
        self._folder = folder

    def find(self, cell: Cell) -> QImage | None:
        """None while there is none; `came` follows where it can be read."""
        image = self._kept.get(cell.id)
        if image is not None:
            self._kept.move_to_end(cell.id)
        elif self._may_be_read(cell.id) and self._folder is not None:
            self._asked[cell.id] = cell
            self._experiments.read_picture(self._folder, cell.id)
        return image

    def is_lost(self, cell: Cell) -> bool:
        """Whether its numbers overflowed: there will be no picture."""
        return cell.id in self._lost

    def put(self, cell: Cell, rendered: Rendered | None) -> None:
        """As it was answered."""
        if self._there is not None:
            self._there.add(cell.id)
        self._keep(cell, rendered)

    def _may_be_read(self, cell_id: str) -> bool:
        is_there = self._there is None or cell_id in self._there
        known = (self._asked, self._lost, self._absent)
        return is_there and not any(cell_id in one for one in known)

    @Slot(object, object, object)
    def _on_picture_read(self, folder: Path, cell_id: str, rendered: Rendered | None) -> None:
        if folder == self._folder and cell_id in self._asked and cell_id not in self._kept:
            cell = self._asked.pop(cell_id)
            if rendered is not None:
                self._keep(cell, rendered)
            else:
                self._absent.add(cell_id)  # else it would be read whenever it is drawn

    def _keep(self, cell: Cell, rendered: Rendered | None) -> None:
        if rendered is None:
            self._lost.add(cell.id)
        else:
            self._lost.discard(cell.id)
            self._absent.discard(cell.id)
            self._kept[cell.id] = _small(to_qimage(rendered.picture))
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        self.came.emit(cell)


def _small(image: QImage) -> QImage:
    if max(image.width(), image.height()) <= _SIDE_PX:
        return image
    smooth = Qt.TransformationMode.SmoothTransformation
    side = QSize(_SIDE_PX, _SIDE_PX)
    return image.scaled(side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
