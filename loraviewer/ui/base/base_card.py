"""The card of the base: what it is, and what it predicts, which a person may know better."""

from typing import Literal

from PySide6.QtCore import QCoreApplication, QLocale, QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.families import DEMO, family_title, is_known
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.prediction import AS_FOUND, EPSILON, V_PREDICTION, FoundPrediction, Prediction
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.base.manner_words import option_words
from loraviewer.ui.widgets.check_box import CheckBox
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.copy_value import CopyValue
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_SIZE = QSize(560, 290)
_MARGIN_PX = 64
"""Of the screen, for the window's frame and the system's bars."""

_PACKINGS: tuple[AskedPacking, ...] = ("auto", "packed", "widened")
_TYPES: tuple[Literal["", "epsilon", "v_prediction"], ...] = ("", EPSILON, V_PREDICTION)


class BaseCard(QDialog):
    """Not modal, follows the base; a choice counts at once and is remembered for the base."""

    def __init__(self, base: BaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = base
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, _MARGIN_PX)))
        self._title = _text(QLabel())
        self._facts = _text(QuietLabel())
        self._build_prediction()
        self._packing = self._packing_box()
        self._problems = _text(QLabel())
        self._plan = _text(QLabel())
        self._build_manner()
        self._form = QFormLayout(self)
        self._lay_out()
        self._packing.activated.connect(self._on_packing_chosen)
        self._type.activated.connect(self._on_type_chosen)
        self._zero_snr.clicked.connect(self._on_zero_snr_chosen)
        self._manner.activated.connect(self._on_manner_chosen)
        base.changed.connect(self._show)
        base.prediction_changed.connect(self._show)
        base.planned.connect(self._show)
        self._show()

    def _build_prediction(self) -> None:
        self._type = ChoiceBox()
        self._type.setFixedHeight(FIELD_HEIGHT)
        self._type.setToolTip(
            self.tr(
                "What the base was trained to predict at each step. A wrong one gives grey or "
                "burnt noise; your choice is remembered for this base."
            )
        )
        self._zero_snr = CheckBox(self.tr("Trained down to noise alone (zero terminal SNR)"))
        self._zero_snr.setToolTip(
            self.tr("Of some v-prediction bases: they can draw very dark and very bright pictures.")
        )
        self._source = _text(QuietLabel())

    def _packing_box(self) -> ChoiceBox:
        box = ChoiceBox()
        box.setFixedHeight(FIELD_HEIGHT)
        box.setToolTip(
            self.tr(
                "The file keeps the denoiser in fp8, nf4 or the like. As in the file it takes less "
                "memory, and adapters are computed beside its weights; widened, they are merged "
                "into them. The base is loaded again; your choice is remembered for it."
            )
        )
        return box

    def _build_manner(self) -> None:
        self._manner = ChoiceBox()
        self._manner.setFixedHeight(FIELD_HEIGHT)
        self._manner.setToolTip(
            self.tr(
                "Where the base lies in memory. What others would cost is estimated; choosing one "
                "loads the base again, and is remembered for it."
            )
        )

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self._title.setFont(font)
        form = self._form
        form.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        form.setHorizontalSpacing(2 * GAP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self._title)
        form.addRow(self._facts)
        self._row(self.tr("Predicts"), self._type)
        self._row("", self._zero_snr)
        self._row("", self._source)
        self._row(self.tr("Quantised weights"), self._packing)
        self._row(self.tr("In memory"), self._plan)
        self._row(self.tr("Manner"), self._manner)
        self._row(self.tr("Passed over"), self._problems)
        self._fixed_rows = form.rowCount()

    def _row(self, words: str, field: QWidget) -> None:
        label = QuietLabel(words)
        label.setBuddy(field)
        if words:
            field.setAccessibleName(words)
        self._form.addRow(label, field)

    # -- what it shows --------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        info = self._base.info
        if info is None:
            return
        name = shown(info.name)
        self.setWindowTitle(self.tr("{} — details").format(name))
        self._title.setText(name)
        self._facts.setText(_facts(info))
        plan = self._base.plan_sentence
        self._plan.setText(shown(plan))
        self._form.setRowVisible(self._plan, bool(plan))
        self._show_manners()
        self._problems.setText("\n".join(map(shown, info.problems)))
        self._form.setRowVisible(self._problems, bool(info.problems))
        self._show_packing(info)
        self._show_prediction(info.prediction)
        while self._form.rowCount() > self._fixed_rows:
            self._form.removeRow(self._fixed_rows)
        for words, value in ((self.tr("Weights"), info.identity), (self.tr("File"), info.source)):
            self._row(words, CopyValue(words, value))
        self._make_room()

    def _make_room(self) -> None:
        """Wrapped sentences are higher in a narrow card, which a window's least size knows nothing
        of."""
        self._form.activate()
        needed = self._form.totalHeightForWidth(self.width())
        room = self.screen().availableSize().height() - _MARGIN_PX
        self.resize(self.width(), max(self.height(), min(needed, room)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def _show_packing(self, info: CheckpointInfo) -> None:
        """What a person chose, and what came of it where they left it open."""
        names = {"packed": self.tr("As in the file"), "widened": self.tr("Widened")}
        self._form.setRowVisible(self._packing, bool(info.packing))
        if info.packing:
            is_open = self._base.packing == "auto"
            now = self.tr("{} — as fits").format(names[info.packing])
            self._packing.offer([now if is_open else self.tr("As fits"), *names.values()], "")
            self._packing.setCurrentIndex(_PACKINGS.index(self._base.packing))

    def _show_manners(self) -> None:
        """Of a base that could lie in one way only there is nothing to choose."""
        options, chosen = self._base.options, self._base.manner
        self._form.setRowVisible(self._manner, len(options) > 1)
        self._manner.offer([self.tr("The fastest that fits"), *map(option_words, options)], "")
        manners = [option.manner for option in options]
        self._manner.setCurrentIndex(manners.index(chosen) + 1 if chosen in manners else 0)

    def _show_prediction(self, found: FoundPrediction | None) -> None:
        for field in (self._zero_snr, self._source):
            self._form.setRowVisible(field, found is not None)
        self._type.setEnabled(found is not None)
        if found is None:
            self._type.offer([self.tr("Its own way, which belongs to its training")], "")
            return
        asked = self._base.prediction
        used = found.settled(asked).over(found.unasked)
        names = {EPSILON: self.tr("Noise (epsilon)"), V_PREDICTION: self.tr("Velocity (v)")}
        as_found = self.tr("{} — as found").format(names.get(found.unasked.type, ""))
        self._type.offer([as_found, *names.values()], "")
        self._type.setCurrentIndex(_TYPES.index(asked.type))
        self._zero_snr.setEnabled(used.type == V_PREDICTION)
        self._zero_snr.setChecked(bool(used.zero_snr))
        self._source.setText(self._said_by(found, asked))

    def _said_by(self, found: FoundPrediction, asked: Prediction) -> str:
        if asked != AS_FOUND:
            return self.tr("As you say; remembered for this base.")
        if found.source:
            return self.tr("As “{}” beside it says.").format(shown(found.source))
        return self.tr("As its own files say, or as is usual for its family.")

    # -- what is done with it -------------------------------------------------------------

    @Slot(int)
    def _on_type_chosen(self, index: int) -> None:
        """The other choice belongs to the one before."""
        self._base.set_prediction(Prediction(_TYPES[index]))

    @Slot(int)
    def _on_packing_chosen(self, index: int) -> None:
        self._base.set_packing(_PACKINGS[index])

    @Slot(int)
    def _on_manner_chosen(self, index: int) -> None:
        info, options = self._base.info, self._base.options
        manner = options[index - 1].manner if index else ""
        if info is not None and manner != self._base.manner:
            self._base.open_as(info.source, manner)

    @Slot(bool)
    def _on_zero_snr_chosen(self, on: bool) -> None:
        self._base.set_prediction(Prediction(self._base.prediction.type, on))


def _facts(info: CheckpointInfo) -> str:
    is_titled = is_known(info.family) and info.family != DEMO
    family = family_title(info.family) if is_titled else ""
    words = QCoreApplication.translate("BaseCard", "{} M parameters")
    millions = words.format(QLocale().toString(round(info.parameters / 1e6)))
    size = figures(bytes_text(info.weight_bytes))
    parts = (family, millions, size, info.dtype, info.device)
    return " · ".join(shown(part) for part in parts if part)


def _text(label: QLabel) -> QLabel:
    """Names and sentences hold what files hold: plain text, wrapped, to be selected."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def open_base_card(base: BaseModel, window: QWidget) -> BaseCard:
    """The one card of the base; one that is open already comes to the front."""
    cards = (card for card in window.findChildren(BaseCard) if card.isVisible())
    card = next(cards, None) or BaseCard(base, window)
    card.show()
    card.raise_()
    card.activateWindow()
    return card
