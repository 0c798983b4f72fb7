"""The fields of the prompt bar, and where they lie."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLineEdit, QWidget

from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.ui.prompt.prompt_fields import SizeBox, put_field
from loraviewer.ui.prompt.prompt_line import PromptLine
from loraviewer.ui.prompt.seed_box import SeedBox
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.number_box import NumberBox, WholeNumberBox
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import GAP

_NARROW_PX = 900


class PromptForm(QWidget):
    """Shows values and reads them; whoever inherits says what is done with them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_low = False
        self._buttons: tuple[QWidget, ...] = ()
        self._build()
        self._lay_out()

    def add_buttons(self, buttons: Sequence[QWidget]) -> None:
        """Behind the texts, one in each line: where else words come from."""
        self._buttons = tuple(buttons)
        for row, button in enumerate(buttons):
            self._words.addWidget(button, row, 2)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self._prompt = PromptLine()
        self._prompt.setPlaceholderText(self.tr("What the picture shows"))
        self._prompt.set_hint(
            self.tr(
                "{red|blue} leaves a word to the seed, {2::red|1::blue} in these shares; "
                "<lora:name:0.8> becomes a row of the stack."
            )
        )
        self._negative = PromptLine()
        self._negative.setPlaceholderText(self.tr("What to keep out of it"))
        for line in (self._prompt, self._negative):
            # Files dropped here belong to the window.
            line.setAcceptDrops(False)
        self._seeds = SeedBox()
        self._seed = self._seeds.number
        self._steps = WholeNumberBox(1, 1000)
        self._steps.setToolTip(self.tr("Steps: rounds of denoising; more are slower and finer."))
        self._guidance = NumberBox(NumberField(0.0, 100.0, digits=1), 0.5)
        self._guidance.setToolTip(
            self.tr("Guidance: how closely the picture keeps to the prompt; too much burns it.")
        )
        self._sampler = ChoiceBox()
        self._sampler.offer(SAMPLERS, Sampling().sampler)
        self._sampler.setToolTip(self.tr("Sampler: the rule that turns noise into a picture."))
        self._size = SizeBox()
        self._size.setToolTip(self.tr("Width × height of the picture in pixels."))

    def _lay_out(self) -> None:
        words, settings = QGridLayout(), QGridLayout()
        for grid in (words, settings):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(GAP)
            grid.setVerticalSpacing(GAP // 2)
        put_field(words, 0, 0, self.tr("Prompt"), self._prompt)
        self._without = put_field(words, 1, 0, self.tr("Without"), self._negative)
        words.setColumnStretch(1, 1)
        self._words = words
        put_field(settings, 0, 0, self.tr("Seed"), self._seeds)
        put_field(settings, 1, 0, self.tr("Sampler"), self._sampler)
        put_field(settings, 0, 2, self.tr("Steps"), self._steps)
        put_field(settings, 1, 2, self.tr("Size"), self._size, 3)
        put_field(settings, 0, 4, self.tr("Guidance"), self._guidance)
        settings.setColumnStretch(1, 1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2 * GAP)
        self._row.addLayout(words, 1)
        self._row.addLayout(settings)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._arrange()

    def set_low(self, is_low: bool) -> None:
        """Where the window is low, what is narrow as well puts both texts into one line."""
        self._is_low = is_low
        self._arrange()

    def _arrange(self) -> None:
        is_narrow = self.width() < _NARROW_PX
        row, column = (0, 3) if is_narrow and self._is_low else (1, 0)
        if self._words.itemAtPosition(row, column) is None:
            for widget in (self._without, self._negative):
                self._words.removeWidget(widget)
            self._words.addWidget(self._without, row, column)
            self._words.addWidget(self._negative, row, column + 1)
            self._words.setColumnStretch(4, column // 3)
            for number, button in enumerate(self._buttons):
                self._words.removeWidget(button)
                place = (number, 2) if row else (0, 2 + 3 * number)
                self._words.addWidget(button, *place)
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
        self._row.setSpacing(GAP // 2 if is_narrow else 2 * GAP)

    # -- what they hold -------------------------------------------------------------------

    def _lines(self) -> list[QLineEdit]:
        """What letters are typed into."""
        boxes = (self._seed, self._steps, self._guidance, self._size)
        lines = (self._prompt, self._negative, *(box.lineEdit() for box in boxes))
        return [line for line in lines if line is not None]

    def _read(self, names: set[str]) -> dict[str, Any]:
        width, height = self._size.size_px()
        values = {
            "prompt": self._prompt.text(),
            "negative_prompt": self._negative.text(),
            "seed": self._seed.number(),
            "steps": self._steps.number(),
            "guidance_scale": self._guidance.number(),
            "sampler": self._sampler.currentText(),
            "width": width,
            "height": height,
        }
        return {name: value for name, value in values.items() if name in names}

    def _number_fields(self) -> dict[str, NumberBox | SizeBox]:
        return {
            "seed": self._seed,
            "steps": self._steps,
            "guidance_scale": self._guidance,
            "width": self._size,
            "height": self._size,
        }

    def _show_values(self, sampling: Sampling, edited: set[str]) -> None:
        """Fields that are being edited keep what the person typed."""
        if "prompt" not in edited and self._prompt.text() != sampling.typed:
            _show_from_start(self._prompt, sampling.typed)
        if "negative_prompt" not in edited and self._negative.text() != sampling.negative_prompt:
            _show_from_start(self._negative, sampling.negative_prompt)
        if "seed" not in edited:
            self._seed.set_number(sampling.seed)
        if "width" not in edited:
            self._size.set_size_px(sampling.width, sampling.height)
        if "steps" not in edited:
            self._steps.set_number(sampling.steps)
        if "guidance_scale" not in edited:
            self._guidance.set_number(sampling.guidance_scale)
        self._sampler.setCurrentText(sampling.sampler)


def _show_from_start(line: QLineEdit, text: str) -> None:
    line.setText(text)
    if not line.hasFocus():
        line.setCursorPosition(0)
