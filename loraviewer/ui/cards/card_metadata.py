"""The third page of an adapter's card: what its file says about itself, word for word."""

import json
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.widgets.text_table import Row, TextTable
from loraviewer.ui.widgets.theme import GAP

_LONGEST_SHOWN = 200_000
_LONGEST_TIDIED = 100_000


class CardMetadata(QWidget):
    """Everything is plain text: nothing in it is a link, a picture or markup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metadata: Mapping[str, str] | None = None
        self.table = TextTable(self.tr("Metadata"), [self.tr("Field"), self.tr("Value")])
        self.table.row_chosen.connect(self._on_row_chosen)
        self._whole = QPlainTextEdit(readOnly=True)
        self._whole.setAccessibleName(self.tr("Whole value"))
        self._whole.setPlaceholderText(self.tr("Choose a field to read its whole value."))
        self._whole.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._whole.setTabChangesFocus(True)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(GAP)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(self._whole)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, 2 * GAP, GAP, GAP)
        column.addWidget(splitter)

    @property
    def whole_value(self) -> str:
        return self._whole.toPlainText()

    def show_metadata(self, metadata: Mapping[str, str]) -> None:
        if metadata == self._metadata:
            return
        self._metadata = metadata
        rows: list[Row] = [(name, _listed(value)) for name, value in sorted(metadata.items())]
        self.table.show_rows(rows, self.tr("The file says nothing about itself."))
        self._whole.clear()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.table.view.setColumnWidth(0, round(self.table.width() * 0.4))

    @Slot(object)
    def _on_row_chosen(self, row: Row | None) -> None:
        self._whole.setPlainText(_readable(row[1]) if row else "")


def _listed(value: str) -> str:
    """An embedded picture is no text to read."""
    if not value.startswith("data:image/"):
        return value
    words = QCoreApplication.translate("CardMetadata", "a picture of {}")
    return words.format(figures(bytes_text(len(value) * 3 // 4)))


def _readable(value: str) -> str:
    """JSON with its lines broken; anything too long is cut, with its length."""
    if len(value) <= _LONGEST_TIDIED and value.lstrip().startswith(("{", "[")):
        try:
            return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return value
    if len(value) > _LONGEST_SHOWN:
        return f"{value[:_LONGEST_SHOWN]}… ({figures(bytes_text(len(value)))})"
    return value
