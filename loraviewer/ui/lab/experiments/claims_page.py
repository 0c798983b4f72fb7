"""What is argued about stacks, each with an experiment that anybody can repeat."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListView, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.claim_results import Finding, Findings
from loraviewer.core.experiments.claims import Claim
from loraviewer.ui.lab.experiments.active_pane import PaneFacts
from loraviewer.ui.lab.two_columns import line
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_LIST_PX = 292
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class ClaimList(QAbstractListModel):
    """Each with what came of it here."""

    def __init__(
        self, claims: Sequence[Claim], findings: Findings | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._claims = tuple(claims)
        self._findings = findings

    def claim(self, index: Index) -> Claim | None:
        return self._claims[index.row()] if index.isValid() else None

    def finding(self, claim: Claim) -> Finding | None:
        return self._findings.of(claim.name) if self._findings is not None else None

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._claims)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        claim = self.claim(index)
        if claim is not None and role == Qt.ItemDataRole.DisplayRole:
            return shown(claim.title)
        if claim is not None and role == Qt.ItemDataRole.ToolTipRole:
            finding = self.finding(claim)
            return shown(finding.headline) if finding is not None else ""
        return None


class ClaimView(QListView):
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.isAutoRepeat():
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class ClaimsPage(QWidget):
    """A `LabPage`. Nothing starts here: “Try it” fills the form."""

    try_wanted = Signal(object)  # Claim

    def __init__(
        self,
        claims: Sequence[Claim],
        findings: Findings | None,
        pane: PaneFacts,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._pane = pane
        self.list = ClaimList(claims, findings, self)
        self.view = ClaimView()
        self.view.setModel(self.list)
        self.view.setAccessibleName(self.tr("Claims"))
        self.view.setWordWrap(True)
        self.view.setFixedWidth(_LIST_PX)
        self.view.setSpacing(3)
        self._said = _words()
        self._look_for = _words()
        self._headline = _words()
        self._found = _words()
        self._size = QuietLabel()
        self._overturned = _words()
        self._note = QuietLabel()
        for label in (self._size, self._note):
            label.setWordWrap(True)
        self.try_it = IconButton(
            "render", self.tr("Try it"), self.tr("Fills the form; nothing starts by itself.")
        ).with_words(self.tr("Try it"))
        self._lay_out()
        self.view.selectionModel().currentChanged.connect(self._show)
        self.view.entered.connect(self._on_try)
        self.try_it.clicked.connect(self._on_try)
        pane.changed.connect(self._show)
        self.view.setCurrentIndex(self.list.index(0, 0))

    def _lay_out(self) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self._said.setFont(font)
        bold = QFont(self.font())
        bold.setBold(True)
        self._headline.setFont(bold)
        details = QWidget()
        column = QVBoxLayout(details)
        column.setContentsMargins(GAP, 2, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self._said)
        column.addWidget(self._titled(self.tr("What to look for"), self._look_for))
        column.addLayout(line(self.try_it, self._note, stretched=self._note))
        column.addWidget(self._titled(self.tr("What we measured"), self._headline))
        column.addWidget(self._found)
        column.addWidget(self._size)
        column.addWidget(self._titled(self.tr("What would overturn it"), self._overturned))
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.view)
        row.addWidget(ScrollArea(details), 1)

    def watch(self, on: bool) -> None:
        if on:
            self._show()

    @property
    def current(self) -> Claim | None:
        return self.list.claim(self.view.currentIndex())

    @property
    def note(self) -> str:
        """Why it cannot be tried here, or what trying it does."""
        return self._note.text()

    @property
    def verdict(self) -> str:
        """What was measured here, whole."""
        return "\n".join(part.text() for part in (self._headline, self._found, self._size))

    @Slot()
    def _show(self) -> None:
        claim = self.current
        if claim is None:
            return
        finding = self.list.finding(claim)
        self._said.setText(self.tr("“{}”").format(shown(claim.said)))
        self._look_for.setText(shown(claim.look_for))
        self._headline.setText(shown(finding.headline) if finding is not None else "")
        nothing = self.tr("Nothing is written down of it yet.")
        sentences = map(shown, finding.sentences) if finding is not None else [nothing]
        self._found.setText("\n".join(sentences))
        self._size.setText(shown(finding.size) if finding is not None else "")
        overturned = shown(finding.overturned_by) if finding is not None else ""
        self._overturned.setText(overturned[:1].upper() + overturned[1:])
        self._headline.setVisible(bool(self._headline.text()))
        self._size.setVisible(bool(self._size.text()))
        parent = self._overturned.parentWidget()
        if parent is not None:
            parent.setVisible(bool(self._overturned.text()))
        problem = self._why_not(claim)
        self.try_it.setEnabled(not problem)
        self._note.setText(
            problem or self.tr("Puts its adapters into the active pane, and fills the form.")
        )

    def _why_not(self, claim: Claim) -> str:
        """One sentence, "" where it can be tried."""
        if claim.draft is None:
            words = self.tr("No pictures answer it; “loraviewer lab claims {} -o FOLDER” does.")
            return words.format(claim.name)
        if not self._pane.is_demo:
            return self.tr("It is about the demo: choose the demo as the base to try it.")
        return ""

    def _titled(self, title: str, words: QLabel) -> QWidget:
        part = QFrame()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(QuietLabel(title))
        column.addWidget(words)
        return part

    @Slot()
    def _on_try(self) -> None:
        claim = self.current
        if claim is not None and self.try_it.isEnabled():
            self.try_wanted.emit(claim)


def _words() -> QLabel:
    label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
