"""What the library shows before it has a folder."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.core.library.port import FolderCount, KnownFolder
from loraviewer.ui.library.library_words import offer_words
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel, plain_tip
from loraviewer.ui.widgets.theme import GAP

_MOST_CHARACTERS = 44


class FolderOffer(QWidget):
    """One sentence, and folders by name that other programs keep."""

    choose_wanted = Signal()
    folder_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = self.tr(
            "Adapters and checkpoints of your folders are listed here, so that they are found and "
            "added by name; files are only read."
        )
        label = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.add = IconButton("add", self.tr("Add a folder")).with_words(self.tr("Add folder…"))
        self.add.clicked.connect(self.choose_wanted)
        self._found = QuietLabel(self.tr("Found on this machine:"))
        self._found.setWordWrap(True)
        self._offers: list[tuple[IconButton, str]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, GAP, 0, 0)
        self._column.setSpacing(GAP)
        self._column.addWidget(label)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self._found)
        self._column.addStretch()
        self.offer(())

    @property
    def offers(self) -> list[IconButton]:
        return [button for button, _ in self._offers]

    def offer(
        self, known: tuple[KnownFolder, ...], counts: Mapping[str, FolderCount] | None = None
    ) -> None:
        """counts: by path, of those that are counted by now."""
        counts = counts or {}
        self._found.setVisible(bool(known))
        if [path for _, path in self._offers] == [folder.path for folder in known]:
            for (button, _), folder in zip(self._offers, known, strict=True):
                _show_words(button, offer_words(folder, counts.get(folder.path)))
            return
        if any(button.hasFocus() for button in self.offers):
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        for button, _ in self._offers:
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._offers = []
        for folder in known:
            self._add(folder, offer_words(folder, counts.get(folder.path)))

    def _add(self, folder: KnownFolder, words: str) -> None:
        tip = self.tr("{}\nNothing in it is changed.").format(folder.path)
        button = IconButton("add", words, tip)
        _show_words(button, words)
        button.setToolTip(plain_tip(tip))
        button.clicked.connect(self._on_clicked)
        self._offers.append((button, folder.path))
        place = self._column.count() - 1
        self._column.insertWidget(place, button, 0, Qt.AlignmentFlag.AlignLeft)

    @Slot()
    def _on_clicked(self) -> None:
        sender = self.sender()
        for button, path in self._offers:
            if button is sender:
                self.folder_wanted.emit(path)


def _show_words(button: IconButton, words: str) -> None:
    room = _MOST_CHARACTERS * button.fontMetrics().averageCharWidth()
    shown = button.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room)
    button.with_words(shown)
    button.setAccessibleName(words)
