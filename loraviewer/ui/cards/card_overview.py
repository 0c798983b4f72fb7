"""The first page of an adapter's card: what it is, what landed, how to use it."""

import os
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QWidget

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.numbers import short_number
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.stack import StackEntry
from loraviewer.ui.cards.adapter_sentences import (
    doubts,
    kinds_text,
    rank_text,
    touched_text,
)
from loraviewer.ui.cards.family_box import FamilyBox
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.copy_value import CopyValue
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.quantities import share_text
from loraviewer.ui.widgets.reveal import reveal
from loraviewer.ui.widgets.share_bar import ShareBar
from loraviewer.ui.widgets.theme import GAP
from loraviewer.ui.widgets.trigger_words import TriggerWords

_LONGEST_TEXT = 20_000


class CardOverview(QScrollArea):
    """What a file says is set once; what depends on base and person follows."""

    trigger_word_chosen = Signal(str)
    family_chosen = Signal(str)
    strength_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: AdapterSummary | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._family = FamilyBox()
        self._family.family_chosen.connect(self.family_chosen)
        self._evidence = _text("", QuietLabel)
        self._modules = ShareBar()
        self._energy = ShareBar()
        self._memory = _text("", QuietLabel)
        self._doubts = _text("")
        self._strength = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._use = IconButton("check", self.tr("Use the suggested strength"))
        self._use.clicked.connect(self._on_use)
        self._build()
        self.viewport().setAutoFillBackground(False)
        self._page.setAutoFillBackground(False)

    def show_facts(self, facts: AdapterFacts) -> None:
        if facts.summary is not None and facts.summary != self._summary:
            self._summary = facts.summary
            self._fill(facts.summary)
        self._family.show_facts(facts)
        self._show_landing(facts)

    def _build(self) -> None:
        self._page = QWidget()
        self._form = form = QFormLayout(self._page)
        form.setContentsMargins(GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        form.setHorizontalSpacing(2 * GAP)
        form.setVerticalSpacing(GAP)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        box = QHBoxLayout()
        box.addWidget(self._family)
        box.addStretch()
        self._row(self.tr("Made for"), box)
        self._row("", self._evidence)
        self._row(self.tr("Landed"), self._modules)
        self._row("", self._energy)
        self._row("", self._memory)
        self._row(self.tr("Uncertain"), self._doubts)
        self._row(self.tr("Strength"), self._strength_row())
        self._fixed_rows = form.rowCount()
        self.setWidget(self._page)

    def _strength_row(self) -> QHBoxLayout:
        self._strength_line = row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._strength)
        row.addWidget(self._use)
        row.addStretch()
        return row

    def _row(self, label: str, field) -> None:
        words = QuietLabel(label)
        if not isinstance(field, QHBoxLayout):
            words.setBuddy(field)
        self._form.addRow(words, field)

    # -- the file -------------------------------------------------------------------------

    def _fill(self, summary: AdapterSummary) -> None:
        while self._form.rowCount() > self._fixed_rows:
            self._form.removeRow(self._fixed_rows)
        self._evidence.setText("\n".join(_sentence(shown(line)) for line in summary.evidence))
        self._form.setRowVisible(self._evidence, bool(summary.evidence))
        if summary.trigger_words:
            words = TriggerWords(summary.trigger_words)
            words.chosen.connect(self.trigger_word_chosen)
            self._row(self.tr("Words"), words)
        for label, value in (*self._texts(summary), *self._facts(summary)):
            if value:
                self._row(label, _text(value))
        for label, value in self._hashes(summary):
            if value:
                self._row(label, CopyValue(label, value))
        self._row(self.tr("File"), self._file_row(summary.path))

    def _texts(self, summary: AdapterSummary) -> tuple[tuple[str, str], ...]:
        usage = summary.metadata.get("modelspec.usage_hint", "")
        return (
            (self.tr("Description"), summary.description),
            (self.tr("Usage"), usage if usage != summary.notes else ""),
            (self.tr("Notes"), summary.notes),
        )

    def _facts(self, summary: AdapterSummary) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Kind"), kinds_text(summary)),
            (self.tr("Rank"), rank_text(summary)),
            (self.tr("Scaling"), summary.scaling and _sentence(shown(summary.scaling))),
            (self.tr("Naming"), ", ".join(map(shown, summary.naming))),
            (self.tr("Stored as"), summary.dtype),
            (self.tr("Names its base"), summary.said_base),
            (self.tr("Passed over"), "\n".join(map(shown, summary.problems))),
        )

    def _hashes(self, summary: AdapterSummary) -> tuple[tuple[str, str], ...]:
        return (
            ("SHA-256", summary.sha256),
            ("AutoV2", summary.autov2),
            ("AutoV3", summary.autov3),
        )

    def _file_row(self, path: str) -> QWidget:
        self._reveal = IconButton("open", self.tr("Show the file in its folder"))
        self._reveal.setEnabled(os.path.isdir(Path(path).parent))
        self._reveal.clicked.connect(self._on_reveal)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(CopyValue(self.tr("path"), path), 1)
        row.addWidget(self._reveal)
        return holder

    # -- the base and the person ----------------------------------------------------------

    def _show_landing(self, facts: AdapterFacts) -> None:
        report = facts.report
        if isinstance(report, AdapterReport) and report.total:
            matched = len(report.matched)
            words = self.tr("{matched} of {total} modules")
            self._modules.show_share(
                matched / report.total, words.format(matched=matched, total=report.total)
            )
        elif report is not None:
            self._modules.show_share(0.0, self.tr("nothing"))
        energy = report.energy_share if isinstance(report, AdapterReport) else None
        if energy is not None:
            words = self.tr("{} of the energy").format(share_text(energy))
            self._energy.show_share(energy, words)
        self._memory.setText(touched_text(report) if isinstance(report, AdapterReport) else "")
        self._doubts.setText("\n".join(doubts(facts)))
        self._form.setRowVisible(self._doubts, bool(self._doubts.text()))
        self._form.setRowVisible(self._memory, bool(self._memory.text()))
        self._form.setRowVisible(self._modules, report is not None)
        self._form.setRowVisible(self._energy, energy is not None)

    def show_entry(self, entry: StackEntry | None) -> None:
        """The strength of the row beside the suggested one; nothing where none is suggested. None:
        it is no row, and has no strength."""
        suggested = self._summary.suggested_strength if self._summary else None
        self._form.setRowVisible(self._strength_line, suggested is not None)
        self._use.setVisible(entry is not None)
        if suggested is None:
            return
        if entry is None:
            words = self.tr("suggested {suggested}")
            self._strength.setText(words.format(suggested=short_number(suggested)))
            return
        words = self.tr("suggested {suggested}, now {now}")
        now, wanted = (figures(short_number(one)) for one in (entry.scale, suggested))
        self._strength.setText(words.format(suggested=wanted, now=now))
        self._use.with_words(self.tr("Use {}").format(wanted))
        self._use.setVisible(suggested != entry.scale)

    @Slot()
    def _on_use(self) -> None:
        if self._summary is not None and self._summary.suggested_strength is not None:
            self.strength_wanted.emit(self._summary.suggested_strength)

    @Slot()
    def _on_reveal(self) -> None:
        if self._summary is not None:
            reveal(Path(self._summary.path))


def _text(value: str, kind: type[QLabel] = QLabel) -> QLabel:
    """Wrapped plain text, however it looks, that can be selected."""
    text = value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…"
    label = kind()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(40)
    return label


def _sentence(line: str) -> str:
    line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "!", "?")) else f"{line}."
