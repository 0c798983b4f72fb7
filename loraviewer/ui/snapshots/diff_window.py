"""What differs between two stacks: snapshots, panes, and what is there now."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.languages import copied
from loraviewer.core.document import Document
from loraviewer.core.stack_diff import PRESENT, Side, StackDiff, compare, diff_text, sides
from loraviewer.ui.snapshots.diff_table import DiffTable
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_SIZE = QSize(620, 400)


class DiffWindow(QDialog):
    """Not modal, and follows the document: with the present on one side it is live. What else is
    known of the two sides can stand below the table."""

    def __init__(self, document: DocumentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._sides: list[Side] = []
        self._keys = (PRESENT, PRESENT)
        self.setWindowTitle(self.tr("Compare stacks"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._left, self._right = ChoiceBox(), ChoiceBox()
        self._left.setAccessibleName(self.tr("Left side"))
        self._right.setAccessibleName(self.tr("Right side"))
        self._swap = IconButton("compare", self.tr("Swap the sides"))
        self._copy = IconButton("copy", self.tr("Copy as text")).with_words(self.tr("Copy"))
        self._summary = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.table = DiffTable()
        self._lay_out()
        self._left.activated.connect(self._on_chosen)
        self._right.activated.connect(self._on_chosen)
        self._swap.clicked.connect(self._on_swap)
        self._copy.clicked.connect(self._on_copy)
        document.changed.connect(self._on_document_changed)
        self._refresh(document.document)

    @property
    def summary(self) -> str:
        return self._summary.text()

    def compare(self, left: str, right: str) -> None:
        """Two sides by their keys; one that is gone gives way to the present."""
        self._keys = (left, right)
        self._refresh(self._document.document)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP)
        for box in (self._left, self._right):
            box.setFixedHeight(FIELD_HEIGHT)
        head.addWidget(self._left, 1)
        head.addWidget(self._swap)
        head.addWidget(self._right, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._summary, 1)
        foot.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self.setMinimumSize(360, 240)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))

    def _refresh(self, document: Document) -> None:
        before, self._sides = self._sides, sides(document)
        known = [side.key for side in self._sides]
        left, right = (key if key in known else PRESENT for key in self._keys)
        self._keys = (left, right)
        if [(s.key, s.name) for s in before] != [(s.key, s.name) for s in self._sides]:
            for box in (self._left, self._right):
                box.offer([side.name for side in self._sides], "")
        self._left.setCurrentIndex(known.index(left))
        self._right.setCurrentIndex(known.index(right))
        self._show()

    def _show(self) -> None:
        left, right = self._chosen()
        diff = compare(left, right)
        self.table.show_diff(diff, left.name, right.name)
        self._summary.setText(self._sentence(diff))
        self._copy.set_icon_name("copy")

    def _chosen(self) -> tuple[Side, Side]:
        by_key = {side.key: side for side in self._sides}
        return by_key[self._keys[0]], by_key[self._keys[1]]

    def _sentence(self, diff: StackDiff) -> str:
        if not diff.count:
            if diff.is_reordered:
                return self.tr("Only the order of rows differs, which changes nothing.")
            return self.tr("Nothing differs.")
        words = self.tr("One line differs") if diff.count == 1 else self.tr("{} lines differ")
        words = words.format(diff.count)
        return (
            self.tr("{}; the picture does not.").format(words)
            if diff.is_same_picture
            else f"{words}."
        )

    @Slot()
    def _on_chosen(self) -> None:
        chosen = (box.currentIndex() for box in (self._left, self._right))
        left, right = (self._sides[index].key for index in chosen)
        self.compare(left, right)

    @Slot()
    def _on_swap(self) -> None:
        left, right = self._keys
        self.compare(right, left)

    @Slot()
    def _on_copy(self) -> None:
        left, right = self._chosen()
        QGuiApplication.clipboard().setText(diff_text(left, right, compare(left, right), copied))
        self._copy.set_icon_name("check")

    @Slot(object, object)
    def _on_document_changed(self, document: Document, _: Document) -> None:
        self._refresh(document)
