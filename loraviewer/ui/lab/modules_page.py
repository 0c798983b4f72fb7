"""Every weight that the stack touches, in a table that is sorted, searched and copied."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.weight_numbers import LiveWeights, WeightName
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs, ChartFile
from loraviewer.ui.lab.charts.chart_picture import save_bytes
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.module_numbers import ModuleReader
from loraviewer.ui.lab.modules_model import ModulesModel
from loraviewer.ui.lab.modules_view import ModulesView
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.ticks import Ticks
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.quantities import share_text
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_TICK_MS = 70
"""So often are numbers read that move under a hand: nobody reads faster."""


class ModulesPage(QWidget):
    """Follows the faders some fourteen times a second; rows are sorted again once they rest."""

    weight_opened = Signal()
    """A person wants to see the selected weight from nearby."""

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._spectra = desk.spectra
        self._details = desk.details
        self._dialogs = dialogs
        self._to_save = b""
        self._is_watched = False
        self._is_measuring = False
        self._reader = ModuleReader()
        self._ticks = Ticks(_TICK_MS, self)
        self._ticks.due.connect(self._show)
        self.model = ModulesModel(self)
        self.view = ModulesView(self.model)
        self.search_field = QLineEdit(clearButtonEnabled=True)
        self._count = QuietLabel()
        self._progress = QuietLabel()
        self.stop_button = IconButton("stop", self.tr("Stop measuring spectra"))
        self.copy_button = IconButton(
            "copy", self.tr("Copy the selected rows, or all that are shown")
        )
        self.save_button = IconButton("save", self.tr("Save the rows that are shown as CSV"))
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self._connect(desk)

    @property
    def state(self) -> str:
        """What is said beside the search: how far spectra are, or what came of saving."""
        return self._progress.text()

    @property
    def sentence(self) -> str:
        """What stands in place of the table, "" where that is seen."""
        return self._empty.text()

    def watch(self, on: bool) -> None:
        self._is_watched = on
        self._spectra.watch(on)
        if on:
            self._show()
            self.view.show_weight(self._details.selected)
        else:
            self._ticks.stop()

    def _connect(self, desk: WeightsDesk) -> None:
        desk.live.changed.connect(self._on_changed)
        desk.rows.settled.connect(self._on_settled)
        desk.spectra.changed.connect(self._on_changed)
        desk.details.selected_changed.connect(self._on_selected)
        self.search_field.textChanged.connect(self._on_search)
        self.view.weight_chosen.connect(self._on_chosen)
        self.view.weight_opened.connect(self.weight_opened)
        self.copy_button.clicked.connect(self._on_copy)
        self.save_button.clicked.connect(self._on_save)
        self.stop_button.clicked.connect(desk.spectra.stop)

    def _lay_out(self) -> None:
        self.search_field.setFixedHeight(FIELD_HEIGHT)
        self.search_field.setMinimumWidth(96)
        self.search_field.setPlaceholderText(self.tr("Search: OUT05, to_q, 320…"))
        self.search_field.setAccessibleName(self.tr("Search in the modules"))
        keeps = self.stop_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.stop_button.setSizePolicy(keeps)
        self._progress.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.search_field, 1)
        for widget in (
            self._count,
            self._progress,
            self.stop_button,
            self.copy_button,
            self.save_button,
        ):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)

    # -- what is shown ----------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        """Sixty ticks of a fader in a second are fourteen of the table."""
        if self._is_watched:
            self._ticks.ask()

    @Slot()
    def _on_settled(self) -> None:
        if self._is_watched:
            self._show()
            self.model.sort_again()

    @Slot()
    def _show(self) -> None:
        words, live = why_nothing(self._live), self._live.live
        self._empty.setText(words)
        self._empty.setVisible(bool(words))
        self.view.setHidden(bool(words))
        if not words and live is not None:
            self._fill(live)
        self._tell()
        was_measuring, self._is_measuring = self._is_measuring, self._spectra.progress is not None
        if was_measuring and not self._is_measuring:
            self.model.sort_again()

    def _fill(self, live: LiveWeights) -> None:
        rows = tuple(self._live.rows.values())
        names = row_names(rows)
        self.model.set_numbers(self._reader.read(live, rows, names, self._spectra.spectra))

    def _tell(self) -> None:
        listed, total = self.model.rowCount(), self.model.total
        words = self.tr("{shown} of {total}") if listed != total else self.tr("{total} in all")
        is_empty = self.view.isHidden() or not total
        self._count.setText("" if is_empty else words.format(shown=listed, total=total))
        progress = self._spectra.progress
        self.stop_button.setVisible(progress is not None)
        failure = self._spectra.failure
        if progress is not None:
            self._progress.setText(self.tr("spectra {}").format(share_text(progress)))
        else:
            self._progress.setText(shown(failure.message) if failure else "")
        self.copy_button.setDisabled(is_empty)
        self.save_button.setDisabled(is_empty)

    @Slot()
    def _on_copy(self) -> None:
        self.view.copy()
        self.copy_button.set_icon_name("check")

    @Slot()
    def _on_save(self) -> None:
        """The numbers as they are now, however long choosing a name takes."""
        self._to_save = self.model.table().csv().encode()
        self._dialogs.save_chart(self.tr("Modules"), ChartFile.CSV, self._on_path_chosen)

    @Slot(str)
    def _on_path_chosen(self, path: str) -> None:
        content, self._to_save = self._to_save, b""
        problem = save_bytes(content, path)
        self._progress.setText(shown(problem) or self.tr("Saved as “{}”.").format(Path(path).name))

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.model.search(text)
        self.view.show_weight(self._details.selected)
        self._tell()

    # -- one of them --------------------------------------------------------------------------

    @Slot(object)
    def _on_chosen(self, weight: WeightName) -> None:
        self._details.select(weight)

    @Slot()
    def _on_selected(self) -> None:
        if self._is_watched:
            self.view.show_weight(self._details.selected)
