"""Which experiment is shown, of which prompt and seed, and the ways out of the studio."""

from pathlib import Path
from typing import cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.core.experiments.description import Experiment
from loraviewer.ui.lab.experiments.experiment_words import adapters_words, kind_title
from loraviewer.ui.lab.experiments.form_fields import Choice
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.theme import GAP


class ResultBar(QWidget):
    looked_at = Signal(int, int)  # number of the prompt from 0, seed
    run_wanted = Signal()
    folder_wanted = Signal()
    report_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tr = self.tr
        self.title = ElidedLabel(tr("No experiment yet")).set_look(bold=True)
        self.run = IconButton("turn", tr("Show what runs")).with_words(tr("Show what runs"))
        self.folder = IconButton("open", tr("Open its folder"), tr("Pictures, tables, everything."))
        self.report = IconButton("file", tr("Open the report"), tr("One page that says it all."))
        self.copy = IconButton("save", tr("Save a copy of its folder…"))
        self.prompt = Choice(tr("Prompt"))
        self.seed = Choice(tr("Seed"))
        self.seed.setFixedWidth(96)
        self._lay_out()
        self.prompt.changed.connect(self._on_changed)
        self.seed.changed.connect(self._on_changed)
        self.run.clicked.connect(self.run_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        self.report.clicked.connect(self.report_wanted)
        self.copy.clicked.connect(self.copy_wanted)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        head.addWidget(self.title, 1)
        for button in (self.run, self.folder, self.report, self.copy):
            head.addWidget(button)
        choices = QHBoxLayout()
        choices.setSpacing(GAP)
        choices.addWidget(self.prompt, 1)
        choices.addWidget(self.seed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addLayout(choices)

    def show_experiment(self, experiment: Experiment | None, *, has_seeds: bool) -> None:
        """has_seeds: whether the grid shows all of them, so that none is chosen."""
        prompts = experiment.prompts if experiment is not None else ()
        self.prompt.show_values(tuple(range(len(prompts))), lambda at: prompts[cast(int, at)])
        seeds = experiment.seeds if experiment is not None else ()
        self.seed.show_values(seeds, lambda seed: self.tr("seed {}").format(seed))
        self.prompt.setEnabled(len(prompts) > 1)
        self.seed.setVisible(not has_seeds)
        self.seed.setEnabled(len(seeds) > 1)

    def show_title(
        self, experiment: Experiment | None, folder: Path | None, words: str, *, is_other: bool
    ) -> None:
        """words: how far it is. is_other: whether another one runs."""
        title = self.tr("No experiment yet")
        if experiment is not None:
            names = adapters_words([adapter.name for adapter in experiment.adapters])
            title = " · ".join(part for part in (kind_title(experiment.kind), words, names) if part)
        self.title.set_text(title)
        self.title.setToolTip(f"{title}\n{folder}" if folder is not None else title)
        self.run.setVisible(is_other)
        for button in (self.folder, self.copy, self.report):
            button.setEnabled(folder is not None)

    @Slot()
    def _on_changed(self) -> None:
        prompt, seed = self.prompt.value(), self.seed.value()
        if isinstance(prompt, int) and isinstance(seed, int):
            self.looked_at.emit(prompt, seed)
