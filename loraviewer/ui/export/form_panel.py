"""A checkpoint's layout and precision."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from loraviewer.core.exports import ExportLayout, Precision
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.theme import GAP

_LAYOUTS: tuple[ExportLayout, ...] = ("base", "folder", "file")
_PRECISIONS: tuple[Precision, ...] = ("base", "float32", "bfloat16", "float16")


class FormPanel(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tr = self.tr
        self.layouts = _box(
            [tr("as the base"), tr("a diffusers folder"), tr("one file")], tr("Layout")
        )
        self.layouts.setToolTip(
            tr("One file: with the names that A1111 and ComfyUI read; for SD 1, SD 2 and SDXL.")
        )
        self.precisions = _box([tr("as the base"), *_PRECISIONS[1:]], tr("Precision"))
        self.precisions.setToolTip(tr("The sum is made in float32 and rounded to this once."))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        for row, (name, box) in enumerate(
            ((tr("Layout"), self.layouts), (tr("Precision"), self.precisions))
        ):
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(box, row, 1)
            box.currentIndexChanged.connect(self._on_chosen)
        grid.setColumnStretch(1, 1)

    @property
    def chosen_layout(self) -> ExportLayout:
        return _LAYOUTS[max(0, self.layouts.currentIndex())]

    @property
    def chosen_precision(self) -> Precision:
        return _PRECISIONS[max(0, self.precisions.currentIndex())]

    @Slot()
    def _on_chosen(self, *_: object) -> None:
        self.changed.emit()


def _box(names: Sequence[str], name: str) -> ChoiceBox:
    box = ChoiceBox()
    box.addItems(list(names))
    box.setAccessibleName(name)
    return box
