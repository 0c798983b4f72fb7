"""What is to be exported, where to, how far it is, and what came of it."""

import os
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.exporting.command_run import CommandProgress
from loraviewer.bridge.exporting.export_desk import ExportDesk
from loraviewer.bridge.languages import shown
from loraviewer.core.exports import (
    COMPARING,
    PROOFS,
    Exported,
    ExportKind,
    ExportLayout,
    ExportWish,
    LayoutsWish,
    PartsTold,
    PartsWish,
    RanksTold,
    RankWish,
)
from loraviewer.core.resources import checkpoint_path
from loraviewer.ui.export.export_dialogs import ExportDialogs, unused_place
from loraviewer.ui.export.export_words import done_words, phase_words, what_words
from loraviewer.ui.export.form_panel import FormPanel
from loraviewer.ui.export.parts_panel import PartsPanel
from loraviewer.ui.export.rank_panel import RankPanel
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.reveal import reveal
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_WIDTH_PX, _HEIGHT_PX, _STEPS = 560, 620, 100
_SETTLING_MS = 500
_REST_MS = 500


class ExportWindow(QDialog):
    """Not modal: panes go on beside it, and what is exported follows the active one until it
    begins. Closing it while it writes cancels that."""

    def __init__(self, desk: ExportDesk, dialogs: ExportDialogs, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._dialogs = dialogs
        self._asked: RankWish | None = None
        self._asked_parts: tuple[str, ...] = ()
        self._asked_base = ""
        """The one whose layouts are known or asked for."""
        self._is_written = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._settling = QTimer(self, singleShot=True, interval=_SETTLING_MS)
        """A held fader asks once, when it rests."""
        self._own_place = ""
        """What was proposed; whatever else stands there a person chose."""
        self.setWindowTitle(self.tr("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build_choices()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._on_kind()

    def _build_choices(self) -> None:
        tr = self.tr
        self._what = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.adapter = QRadioButton(tr("One adapter file, for the same base"))
        self.checkpoint = QRadioButton(tr("A checkpoint with the stack inside"))
        self.adapter.setChecked(True)
        self._kinds = QButtonGroup(self)
        for button in (self.adapter, self.checkpoint):
            self._kinds.addButton(button)
        self.ranks = RankPanel()
        self.form = FormPanel()
        self.parts = PartsPanel()
        self.place = QLineEdit()
        self.place.setAccessibleName(tr("Where to"))
        self.choose = IconButton("open", tr("Choose where to…"))
        words = tr("Prove it: load it again and compare {} pictures").format(PROOFS)
        self.prove = CheckBox(words)
        self.prove.setChecked(True)
        self.prove.setToolTip(tr("With the present prompt, at the base's own settings."))

    def _build_buttons(self) -> None:
        tr = self.tr
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self._phase = QuietLabel()
        self.told = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.start = IconButton("save", tr("Export")).with_words(tr("Export"))
        self.stop = IconButton("stop", tr("Cancel")).with_words(tr("Cancel"))
        self.show_folder = IconButton("open", tr("Show it in its folder"))
        self.show_folder.with_words(tr("Show it in its folder"))
        self.copy = IconButton(
            "copy", tr("Copy as a command"), tr("The same on the command line.")
        ).with_words(tr("Copy as a command"))

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        for part in (self._what, self.adapter, self.checkpoint, self.ranks, self.form):
            column.addWidget(part)
        place = QHBoxLayout()
        place.addWidget(QLabel(self.tr("Write to")))
        place.addWidget(self.place, 1)
        place.addWidget(self.choose)
        column.addLayout(place)
        column.addWidget(self.prove)
        column.addWidget(self.parts)
        column.addWidget(self.bar)
        column.addWidget(self._phase)
        column.addWidget(self.told)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(2 * GAP, 0, 2 * GAP, GAP)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.show_folder)
        buttons.addStretch(1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.start)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._scroll = ScrollArea(content)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._bring_into_view)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(buttons)
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    def _connect(self) -> None:
        exporter = self._desk.exporter
        self._rest.timeout.connect(self._on_rest)
        self._kinds.buttonToggled.connect(self._on_kind)
        self.ranks.names_changed.connect(self._ask_ranks)
        self.form.changed.connect(self._on_form)
        self.choose.clicked.connect(self._choose_place)
        self.start.clicked.connect(self._on_start)
        self.stop.clicked.connect(exporter.cancel)
        self.copy.clicked.connect(self._copy_command)
        self.show_folder.clicked.connect(self._show_folder)
        self._desk.source_changed.connect(self._on_source)
        exporter.progressed.connect(self._on_progress)
        exporter.done.connect(self._on_done)
        exporter.failed.connect(self._on_failed)
        exporter.cancelled.connect(self._on_cancelled)
        exporter.ranks_told.connect(self._on_ranks)
        exporter.ranks_failed.connect(self._on_ranks_failed)
        exporter.parts_told.connect(self._on_parts)
        exporter.layouts_told.connect(self._on_layouts)

    @property
    def phase(self) -> str:
        return self._phase.text()

    @property
    def what(self) -> str:
        """What would be exported, in words."""
        return self._what.text()

    # -- what is asked for --------------------------------------------------------------------

    @property
    def kind(self) -> ExportKind:
        return "adapter" if self.adapter.isChecked() else "checkpoint"

    @property
    def is_file(self) -> bool:
        """Whether it becomes one file."""
        source = self._desk.source
        if self.kind == "adapter" or source is None:
            return True
        if self.form.chosen_layout != "base":
            return self.form.chosen_layout == "file"
        return not os.path.isdir(checkpoint_path(source.base))

    def wish(self) -> ExportWish | None:
        """None where nothing can be exported."""
        source, path = self._desk.source, self.place.text().strip()
        if source is None or not path or source.problem(self.kind):
            return None
        return ExportWish(
            source=source,
            kind=self.kind,
            path=str(Path(path).expanduser().absolute()),
            names=self.ranks.chosen_names,
            rank=self.ranks.chosen_rank if self.kind == "adapter" else None,
            layout=self.form.chosen_layout,
            precision=self.form.chosen_precision,
            prompt=self._desk.prompt if self.prove.isChecked() else None,
            is_replacing=self.is_file and os.path.isfile(path),
        )

    @Slot()
    def _on_kind(self, *_: object) -> None:
        self.ranks.setVisible(self.kind == "adapter")
        self.form.setVisible(self.kind == "checkpoint")
        self._propose_place()
        self._on_source()

    @Slot()
    def _on_form(self) -> None:
        self._propose_place()
        self._show_state()

    def _propose_place(self) -> None:
        if self.place.text() != self._own_place:
            path = Path(self.place.text())
            stem = path.name.removesuffix(".safetensors")
            place = unused_place(path.parent, stem, is_file=self.is_file)
            self.place.setText(str(place))
            return
        source = self._desk.source
        names = " + ".join(one.name for one in source.adapters[:3]) if source else ""
        name = names or self._desk.base_name or "export"
        self._own_place = self._dialogs.first_place(name, is_file=self.is_file)
        self.place.setText(self._own_place)

    @Slot()
    def _on_source(self) -> None:
        """The pane shows another stack, or another base is loaded."""
        if self._desk.exporter.is_exporting:
            return
        source = self._desk.source
        if self.place.text() == self._own_place:
            self._propose_place()  # what was proposed is called after another stack
        self._what.setText(what_words(source, self._desk.base_name))
        problem = source.problem(self.kind) if source is not None else ""
        self._phase.setText(shown(problem or ""))
        self._ask_parts()
        self._ask_layouts()
        self._ask_ranks()
        self._show_state()

    def _ask_parts(self) -> None:
        """Strengths are no matter of licences: a held fader asks nothing."""
        source = self._desk.source
        parts = (source.base, *(one.sha256 for one in source.adapters)) if source else ()
        if parts == self._asked_parts:
            return
        self._asked_parts = parts
        self.parts.show_nothing()
        if source is not None and source.adapters:
            self._desk.exporter.ask_parts(PartsWish(source=source))

    @Slot(object, object)
    def _on_parts(self, asked: PartsWish, told: PartsTold) -> None:
        self.parts.show_parts(told)

    def _ask_layouts(self) -> None:
        """Of each base once, and only for who looks at its layouts."""
        source = self._desk.source
        if self.kind != "checkpoint" or source is None or source.base == self._asked_base:
            return
        self._asked_base = source.base
        self.form.refuse({})
        self._desk.exporter.ask_layouts(LayoutsWish(base=source.base))

    @Slot(object, object)
    def _on_layouts(self, asked: LayoutsWish, refusals: Mapping[ExportLayout, str]) -> None:
        if asked.base == self._asked_base:
            self.form.refuse(refusals)

    @Slot()
    def _ask_ranks(self) -> None:
        source = self._desk.source
        if source is None or self.kind != "adapter" or source.problem("adapter"):
            self._asked = None
            self.ranks.show_nothing("")
            return
        wish = RankWish(source=source, names=self.ranks.chosen_names)
        if wish != self._asked:
            self._asked = wish
            self.ranks.show_nothing(self.tr("Measuring what each rank would lose…"))
            self._rest.start()

    @Slot()
    def _on_rest(self) -> None:
        if self._asked is not None and not self._desk.exporter.is_exporting:
            self._desk.exporter.ask_ranks(self._asked)

    @Slot(object, object)
    def _on_ranks(self, asked: RankWish, told: RanksTold) -> None:
        if asked == self._asked:
            self.ranks.show_ranks(told)

    @Slot(object, str)
    def _on_ranks_failed(self, asked: RankWish, error: str) -> None:
        if asked == self._asked:
            self.ranks.show_nothing(error)

    @Slot()
    def _choose_place(self) -> None:
        self._dialogs.choose_place(
            self.kind, self.place.text(), self.place.setText, is_file=self.is_file
        )

    @Slot()
    def _copy_command(self) -> None:
        if (wish := self.wish()) is not None:
            QGuiApplication.clipboard().setText(wish.command)
            self._phase.setText(self.tr("The command is copied."))

    # -- while it runs ------------------------------------------------------------------------

    @Slot()
    def _on_start(self) -> None:
        if (wish := self.wish()) is None:
            self._phase.setText(self.tr("Say where it is to go."))
            return
        self.told.setText("")
        self._is_written = False
        self._asked = None  # its measuring makes way for this
        self._desk.exporter.export(wish)
        self._phase.setText(self.tr("Starting…"))
        self._show_state()

    @Slot(object)
    def _on_progress(self, progress: CommandProgress) -> None:
        self.bar.setValue(round(_STEPS * progress.fraction))
        self._is_written = self._is_written or progress.what == COMPARING
        self._phase.setText(phase_words(progress.what))

    @Slot(object)
    def _on_done(self, exported: Exported) -> None:
        self._end(self.tr("Done."), done_words(exported))

    @Slot(str)
    def _on_failed(self, error: str) -> None:
        self._end(self._end_words(self.tr("It failed")), error)

    @Slot()
    def _on_cancelled(self) -> None:
        self._end(self._end_words(self.tr("Cancelled")), "")

    def _end_words(self, how: str) -> str:
        if self._is_written:
            return self.tr("{}; the export is written, and not proven.").format(how)
        return self.tr("{}; nothing was written.").format(how)

    def _end(self, phase: str, told: str) -> None:
        self._on_source()
        self._phase.setText(phase)
        self.told.setText(told)
        self._settling.start()  # it gets its height in rounds, and the area its range
        QTimer.singleShot(0, self, self._bring_into_view)

    @Slot()
    def _bring_into_view(self) -> None:
        """What came of it, to its last line; the others where there is room for both."""
        if not self._settling.isActive():
            return
        for part in (self._phase, self.told):
            self._scroll.ensureWidgetVisible(part, 0, 0)

    def _show_state(self) -> None:
        is_running = self._desk.exporter.is_exporting
        source = self._desk.source
        can_start = source is not None and not source.problem(self.kind)
        self.bar.setVisible(is_running)
        self.bar.setValue(0)
        self.stop.setVisible(is_running)
        self.start.setEnabled(can_start and not is_running)
        self.copy.setEnabled(can_start)
        self.show_folder.setVisible(os.path.exists(self.place.text()))
        for part in (
            *(self.adapter, self.checkpoint, self.ranks, self.form),
            *(self.place, self.choose),
        ):
            part.setEnabled(not is_running)

    @Slot()
    def _show_folder(self) -> None:
        if problem := reveal(Path(self.place.text())):
            self._phase.setText(shown(problem))

    def closeEvent(self, event) -> None:
        self._give_up()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Esc, and whatever else ends a dialog."""
        self._give_up()
        super().done(result)

    def _give_up(self) -> None:
        self._rest.stop()
        self._desk.exporter.cancel()
        self._desk.exporter.forget_ranks()
        self._desk.exporter.forget_parts()
        self._desk.exporter.forget_layouts()
