"""A checkpoint's layout and precision."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.exports import ExportLayout, Precision
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
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
        self._why = QuietLabel()
        self._why.setWordWrap(True)
        self._why.setVisible(False)
        grid.addWidget(self._why, grid.rowCount(), 0, 1, 2)
        grid.setColumnStretch(1, 1)

    @property
    def chosen_layout(self) -> ExportLayout:
        return _LAYOUTS[max(0, self.layouts.currentIndex())]

    @property
    def chosen_precision(self) -> Precision:
        return _PRECISIONS[max(0, self.precisions.currentIndex())]

    @property
    def said(self) -> str:
        """Why a layout cannot be chosen."""
        return self._why.text()

    def refuse(self, refusals: Mapping[ExportLayout, str]) -> None:
        """Of each layout why the base cannot be written in it, "" or nothing where it can. One that
        was chosen makes way for the base's own."""
        reasons = [shown(refusals.get(layout, "")) for layout in _LAYOUTS]
        for row, reason in enumerate(reasons):
            self._enable(row, reason)
        self._why.setText("\n".join(filter(None, reasons)))
        self._why.setVisible(any(reasons))
        if reasons[_LAYOUTS.index(self.chosen_layout)]:
            self.layouts.setCurrentIndex(0)

    def _enable(self, row: int, reason: str) -> None:
        model = self.layouts.model()
        assert isinstance(model, QStandardItemModel)
        model.item(row).setEnabled(not reason)
        self.layouts.setItemData(row, reason or None, Qt.ItemDataRole.ToolTipRole)

    @Slot()
    def _on_chosen(self, *_: object) -> None:
        self.changed.emit()


def _box(names: Sequence[str], name: str) -> ChoiceBox:
    box = ChoiceBox()
    box.addItems(list(names))
    box.setAccessibleName(name)
    return box
