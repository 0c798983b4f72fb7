"""Asking where a chart is to go, as numbers or as a picture."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from loraviewer.core.picture_names import file_name, unused_name
from loraviewer.ui.file_dialogs import FileDialogs

_CHARTS = "charts"


class ChartFile(StrEnum):
    CSV = "csv"
    PNG = "png"
    SVG = "svg"


class ChartDialogs(FileDialogs):
    """Remembers where charts went last."""

    def save_chart(self, title: str, kind: ChartFile, chosen: Callable[[str], object]) -> None:
        """`title`: of the chart, which is its name unless the person has a better one."""
        words = self.tr("Save “{}” as {}").format(title, kind.upper())
        dialog = self._dialog(words, _CHARTS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        dialog.setDefaultSuffix(kind)
        name = str(Path(file_name(title)).with_suffix(f".{kind}"))
        dialog.selectFile(unused_name(Path(dialog.directory().absolutePath()), name))
        dialog.fileSelected.connect(chosen)
        dialog.open()
