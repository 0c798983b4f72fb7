"""Around every chart: what it is called, what it says, what its colours mean, and the ways out."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs, ChartFile
from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.chart_picture import chart_bytes, save_bytes
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.theme import GAP


class Chart(Protocol):
    """A widget that knows the numbers it shows."""

    def numbers(self) -> ChartNumbers: ...


class ChartFrame(QWidget):
    """Shows a chart, or one sentence where there is nothing to draw. Numbers are copied and saved
    as they are when that is asked for, however long choosing a name takes."""

    def __init__(
        self,
        title: str,
        explanation: str,
        chart: Chart,
        dialogs: ChartDialogs,
        legend: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """explanation: one line for who never read a paper."""
        super().__init__(parent)
        assert isinstance(chart, QWidget)
        self._numbers: Chart = chart
        self._chart: QWidget = chart
        self._legend = legend
        self._dialogs = dialogs
        self._to_save = b""
        self._title = ElidedLabel(title).set_look(bold=True)
        self._explanation = QuietLabel(explanation)
        self._explanation.setWordWrap(True)
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._note = QuietLabel()
        self._note.setWordWrap(True)
        self.copy_button = IconButton("copy", self.tr("Copy numbers"))
        self.more_button = IconButton("more", self.tr("Copy or save this chart"))
        self.copy_button.clicked.connect(self.copy_numbers)
        self.menu = QMenu(self)
        self._fill_menu()
        self._lay_out()
        self.setAccessibleName(title)
        self.say("")

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def explanation(self) -> str:
        return self._explanation.text()

    @property
    def sentence(self) -> str:
        """What stands in place of the chart, "" where that is seen."""
        return self._empty.text()

    @property
    def note(self) -> str:
        """What came of copying or saving."""
        return self._note.text()

    def rename(self, title: str, explanation: str | None = None) -> None:
        self._title.set_text(title)
        self.setAccessibleName(title)
        if explanation is not None:
            self._explanation.setText(explanation)
            self._explanation.setVisible(bool(explanation))

    def say(self, sentence: str) -> None:
        """In place of the chart; "" shows it."""
        self._empty.setText(sentence)
        self._empty.setVisible(bool(sentence))
        self._chart.setVisible(not sentence)
        if self._legend is not None:
            self._legend.setVisible(not sentence)
        for way_out in (self.copy_button, self.more_button, *self.menu.actions()):
            way_out.setEnabled(not sentence)
        self._tell("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and not self.sentence:
            self.copy_numbers()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event) -> None:
        if not self.sentence:
            self.menu.popup(event.globalPos())

    @Slot()
    def copy_numbers(self) -> None:
        """Tab-separated, as spreadsheets take them."""
        QGuiApplication.clipboard().setText(self._numbers.numbers().tsv())
        self.copy_button.set_icon_name("check")
        self._tell(self.tr("Numbers copied, with tabs between them."))

    @Slot()
    def save_csv(self) -> None:
        self._save(ChartFile.CSV, self._numbers.numbers().csv().encode())

    @Slot()
    def save_png(self) -> None:
        self._save(ChartFile.PNG, chart_bytes(self, self._drawn(), ChartFile.PNG))

    @Slot()
    def save_svg(self) -> None:
        self._save(ChartFile.SVG, chart_bytes(self, self._drawn(), ChartFile.SVG))

    def _save(self, kind: ChartFile, content: bytes) -> None:
        self._to_save = content
        self._dialogs.save_chart(self.title, kind, self._on_path_chosen)

    @Slot(str)
    def _on_path_chosen(self, path: str) -> None:
        content, self._to_save = self._to_save, b""
        problem = save_bytes(content, path)
        self._tell(shown(problem) or self.tr("Saved as “{}”.").format(Path(path).name))

    def _tell(self, note: str) -> None:
        self._note.setText(note)
        self._note.setVisible(bool(note))
        if not note:
            self.copy_button.set_icon_name("copy")

    def _drawn(self) -> list[QWidget]:
        parts = (self._title, self._explanation, self._chart, self._legend)
        return [part for part in parts if part is not None]

    def _fill_menu(self) -> None:
        for words, slot in (
            (self.tr("Copy numbers"), self.copy_numbers),
            (self.tr("Save as CSV…"), self.save_csv),
            (self.tr("Save as PNG…"), self.save_png),
            (self.tr("Save as SVG…"), self.save_svg),
        ):
            action = QAction(words, self.menu)
            action.triggered.connect(slot)
            self.menu.addAction(action)
        self.more_button.setMenu(self.menu)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        head.addWidget(self._title, 1)
        head.addWidget(self.copy_button)
        head.addWidget(self.more_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self._explanation)
        column.addWidget(self._chart, 1)
        column.addWidget(self._empty, 1)
        if self._legend is not None:
            column.addWidget(self._legend)
        column.addWidget(self._note)
        self._empty.setMinimumHeight(4 * GAP)
