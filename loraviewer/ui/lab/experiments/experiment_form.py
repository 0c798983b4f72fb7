"""What an experiment is asked: its kind, and the few fields of that kind."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.conclusions.words import facts_of, title_of
from loraviewer.core.experiments.description import Arm, Kind, Policy
from loraviewer.core.picture_measures import MEASURES
from loraviewer.ui.lab.experiments.axis_fields import AxisFields
from loraviewer.ui.lab.experiments.experiment_words import (
    ARMS,
    KINDS,
    POLICIES,
    adapters_words,
    arm_tip,
    arm_words,
    kind_question,
    kind_title,
    policy_tip,
    policy_words,
    prompts_words,
)
from loraviewer.ui.lab.experiments.form_fields import (
    Choice,
    PromptLines,
    TextField,
    TickBox,
    Ticks,
)
from loraviewer.ui.lab.experiments.form_values import ENOUGH_PROMPTS, AxisValues, FormValues
from loraviewer.ui.lab.experiments.rows import add_row, field_rows
from loraviewer.ui.lab.experiments.rule_fields import RuleFields
from loraviewer.ui.lab.two_columns import line
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel, plain_tip
from loraviewer.ui.widgets.number_box import WholeNumberBox
from loraviewer.ui.widgets.theme import GAP

_MOST_ORDERS = 100
_FIELDS: dict[Kind, tuple[str, ...]] = {
    "ladder": ("depths", "policies", "orders", "arms"),
    "sweep": ("axis", "second_box", "second"),
    "ablation": ("pairs",),
    "seeds": ("negative", "alone"),
    "outputs": ("energies", "draws"),
    "return": ("orders",),
    "rules": ("rules",),
}


class ExperimentForm(QWidget):
    """Holds `FormValues`; says when they change by hand."""

    changed = Signal()
    kind_changed = Signal()
    """Before `changed`."""
    quick_wanted = Signal()
    claim_wanted = Signal()
    prompt_wanted = Signal()
    """The prompt of the pane is to be added."""
    demo_prompts_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._make_head()
        self._make_prompts()
        self._make_fields()
        self._lay_out()
        self._connect()
        self.show_values(FormValues())

    # -- building -----------------------------------------------------------------------------

    def _make_head(self) -> None:
        self.kind = Choice(self.tr("Experiment"), KINDS, lambda one: kind_title(cast(Kind, one)))
        self.question = QLabel(wordWrap=True)
        self.question.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.quick = IconButton(
            "live",
            self.tr("Quick look"),
            self.tr("One prompt and two seeds: a first idea, and no claim."),
        ).with_words(self.tr("Quick look"))
        self.claim = IconButton(
            "verify",
            self.tr("For a claim"),
            self.tr("Eight prompts, four seeds, three orders and random twins."),
        ).with_words(self.tr("For a claim"))
        self.adapters = QuietLabel()
        self.adapters.setWordWrap(True)

    def _make_prompts(self) -> None:
        self.prompts = PromptLines()
        self.this_prompt = IconButton("add", self.tr("Add the prompt below the pictures"))
        self.demo_prompts = IconButton(
            "text", self.tr("Add eight prompts"), self.tr("Eight prompts of words the demo knows.")
        )
        self.demo_prompts.hide()
        self.prompts_note = ElidedLabel().set_look(quiet=True)

    def _make_fields(self) -> None:
        tr = self.tr
        self.seeds = TextField(
            tr("Seeds"), tr("How many, from 1 on; or which: 5-12, or 3, 7, 11."), "4"
        )
        self.depths = TextField(
            tr("Depths"), tr("How many adapters at once; empty for 1, 2, 4 … all."), tr("1, 2, 4 …")
        )
        self.orders = WholeNumberBox(1, _MOST_ORDERS)
        self.orders.setAccessibleName(tr("Random orders"))
        self.orders.setToolTip(tr("In which the adapters come in; each is a row of its own."))
        self.draws = WholeNumberBox(1, _MOST_ORDERS)
        self.draws.setAccessibleName(tr("Draws"))
        self.draws.setToolTip(tr("Of the noise; each is a row of its own."))
        policies = [(one, policy_words(one), policy_tip(one)) for one in POLICIES]
        self.policies = Ticks(tr("Strengths"), policies)
        arms = [(one, arm_words(one), arm_tip(one)) for one in ARMS]
        self.arms = Ticks(tr("Stacks of"), arms)
        self.axis = AxisFields(tr("Along"))
        self.second_box = TickBox(tr("and along a second"), tr("A plane of points, not a line."))
        self.second = AxisFields(tr("Second"))
        self.pairs = TickBox(tr("Every two together, too"), tr("What two do only together."))
        self.alone = TickBox(tr("Each adapter alone, too"), tr("A row for each of the stack."))
        self.negative = TextField(
            tr("Negative prompt"),
            tr("The base alone, asked to leave out what the stack leaves out: can words do it?"),
            tr("nothing"),
        )
        self.energies = TextField(
            tr("Energies"),
            tr("How large the change is beside what it changes: 0.1 is a tenth."),
            "0.02, 0.05, 0.1",
        )
        self.rules = RuleFields()
        measures = [(one.name, shown(one.title), shown(one.meaning)) for one in MEASURES]
        self.measures = Ticks(tr("Measures"), measures)
        self.measures_button = IconButton("down", tr("Measures")).with_words(tr("Measures"))
        self.measures_button.setCheckable(True)
        self.measures.hide()

    def _lay_out(self) -> None:
        self._rows = field_rows()
        for name, field in (
            (self.tr("Seeds"), self.seeds),
            (self.tr("Depths"), self.depths),
            (self.tr("Energies"), self.energies),
            (self.tr("Without"), self.negative),
            (self.tr("Orders"), self.orders),
            (self.tr("Draws"), self.draws),
            (self.tr("Strengths"), self.policies),
            (self.tr("Stacks of"), self.arms),
        ):
            add_row(self._rows, name, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, GAP // 2, GAP)
        column.setSpacing(GAP // 2)
        column.addWidget(self.kind)
        column.addWidget(self.question)
        column.addLayout(line(self.quick, self.claim))
        column.addWidget(self.adapters)
        column.addWidget(self.prompts)
        column.addLayout(
            line(
                self.prompts_note, self.this_prompt, self.demo_prompts, stretched=self.prompts_note
            )
        )
        for part in (self.axis, self.second_box, self.second):
            column.addWidget(part)
        column.addLayout(self._rows)
        column.addWidget(self.rules)
        column.addWidget(self.pairs)
        column.addWidget(self.alone)
        column.addLayout(line(self.measures_button))
        column.addWidget(self.measures)
        column.addStretch(1)

    def _connect(self) -> None:
        self.kind.changed.connect(self._on_kind)
        self.quick.clicked.connect(self.quick_wanted)
        self.claim.clicked.connect(self.claim_wanted)
        self.this_prompt.clicked.connect(self.prompt_wanted)
        self.demo_prompts.clicked.connect(self.demo_prompts_wanted)
        self.prompts.edited.connect(self._on_prompts)
        for text in (self.seeds, self.depths, self.negative, self.energies):
            text.textEdited.connect(self.changed)
        for number in (self.orders, self.draws):
            number.edited.connect(self.changed)
        for part in (self.policies, self.arms, self.axis, self.second, self.rules):
            part.changed.connect(self.changed)
        self.measures.changed.connect(self._on_measures)
        self.second_box.clicked.connect(self._on_second)
        self.pairs.clicked.connect(self.changed)
        self.alone.clicked.connect(self.changed)
        self.measures_button.clicked.connect(self.measures.setVisible)

    # -- what it holds ------------------------------------------------------------------------

    def values(self) -> FormValues:
        axes: tuple[AxisValues, ...] = (self.axis.values(),)
        if self.second_box.isChecked():
            axes += (self.second.values(),)
        return FormValues(
            kind=cast(Kind, self.kind.value()),
            prompts=self.prompts.prompts(),
            seeds=self.seeds.text(),
            depths=self.depths.text(),
            policies=cast("tuple[Policy, ...]", self.policies.ticked()),
            orders=self.orders.number(),
            arms=cast("tuple[Arm, ...]", self.arms.ticked()),
            axes=axes,
            pairs=self.pairs.isChecked(),
            alone=self.alone.isChecked(),
            negative=self.negative.text().strip(),
            energies=self.energies.text(),
            draws=self.draws.number(),
            rules=self.rules.rules(),
            measures=self.measures.ticked(),
        )

    def show_values(self, values: FormValues) -> None:
        """Sends nothing but what typing sends."""
        self.kind.choose(values.kind)
        self.prompts.show_prompts(values.prompts)
        for field, text in (
            (self.seeds, values.seeds),
            (self.depths, values.depths),
            (self.negative, values.negative),
            (self.energies, values.energies),
        ):
            field.show_text(text)
        self.orders.set_number(values.orders)
        self.draws.set_number(values.draws)
        self.policies.tick(values.policies)
        self.arms.tick(values.arms)
        self._show_axes(values.axes)
        self.pairs.setChecked(values.pairs)
        self.alone.setChecked(values.alone)
        self.rules.show_rules(values.rules)
        self._offer(values.measures)
        self.measures.tick(values.measures)
        self._show_kind()
        self._show_counts()

    def problem(self) -> str:
        """Of a number that is being typed; "" where there is none."""
        kind = self.kind.value()
        numbers = {"ladder": self.orders, "return": self.orders, "outputs": self.draws}
        if kind in numbers:
            return numbers[cast(Kind, kind)].problem()
        return self.rules.problem() if kind == "rules" else ""

    def show_adapters(self, names: Sequence[str], *, is_demo: bool, why_none: str = "") -> None:
        """Of the active pane. why_none: a sentence, where there are none."""
        self._names = tuple(names)
        title = self.tr("Adapters: {}").format(why_none or adapters_words(names))
        self.adapters.setText(title)
        self.adapters.setToolTip(plain_tip(", ".join(names)))
        self.demo_prompts.setVisible(is_demo)
        for axis in (self.axis, self.second):
            axis.show_adapters(self._names)

    # -- what is seen of it -------------------------------------------------------------------

    def _show_axes(self, axes: Sequence[AxisValues]) -> None:
        if axes:
            self.axis.show_values(axes[0])
        self.second_box.setChecked(len(axes) > 1)
        other = AxisValues(what="guidance", points="3, 5, 7")
        self.second.show_values(axes[1] if len(axes) > 1 else other)

    def _show_kind(self) -> None:
        kind = cast(Kind, self.kind.value())
        self.question.setText(kind_question(kind))
        wanted = set(_FIELDS[kind])
        for name in ("depths", "energies", "negative", "orders", "draws", "policies", "arms"):
            self._rows.setRowVisible(getattr(self, name), name in wanted)
        self.rules.setVisible("rules" in wanted)
        self.pairs.setVisible("pairs" in wanted)
        self.alone.setVisible("alone" in wanted)
        self.axis.setVisible("axis" in wanted)
        self.second_box.setVisible("axis" in wanted)
        self.second.setVisible("axis" in wanted and self.second_box.isChecked())

    def _offer(self, measures: Sequence[str]) -> None:
        """Those that only a ready experiment asks for, such as a share of pictures."""
        for name in measures:
            if name not in self.measures.offered():
                facts = facts_of(name)
                judged = self.tr("Of pictures of the demo: what its judge sees in them.")
                meaning = shown(facts.meaning) if facts else judged
                self.measures.offer(name, shown(title_of(name)), meaning)

    def _show_counts(self) -> None:
        self.prompts_note.set_text(prompts_words(len(self.prompts.prompts()), ENOUGH_PROMPTS))
        ticked, offered = self.measures.ticked(), self.measures.offered()
        words = self.tr("Measures: {} of {}").format(len(ticked), len(offered))
        self.measures_button.with_words(words).setAccessibleName(words)

    @Slot()
    def _on_kind(self) -> None:
        self._show_kind()
        self.kind_changed.emit()
        self.changed.emit()

    @Slot()
    def _on_prompts(self) -> None:
        self._show_counts()
        self.changed.emit()

    @Slot()
    def _on_measures(self) -> None:
        self._show_counts()
        self.changed.emit()

    @Slot()
    def _on_second(self) -> None:
        self._show_kind()
        self.changed.emit()
