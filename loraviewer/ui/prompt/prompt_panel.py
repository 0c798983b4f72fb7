"""The prompt bar: what to draw, what to avoid, and how."""

import secrets
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QLineEdit,
    QWidget,
)

from loraviewer.bridge.adapters.trigger_words import TriggerWords
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.languages import shown
from loraviewer.core.foreign.tags import without_tags
from loraviewer.core.prompt_syntax import letters_sentence
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.core.unread import unread_sentence
from loraviewer.ui.prompt.prompt_fields import (
    SizeBox,
    put_field,
    size_presets,
    unknown_words,
)
from loraviewer.ui.prompt.prompt_line import PromptLine
from loraviewer.ui.prompt.seed_box import SeedBox
from loraviewer.ui.prompt.variant_notes import author_note, variant_notes
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.number_box import NumberBox, WholeNumberBox
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import GAP, SignalColour

_PAUSE_MS = 400
_NARROW_PX = 900
# Seeds a person can read out and type; any 63-bit seed may still be entered.
_RANDOM_SEEDS = 2**32


class PromptPanel(QWidget):
    """Edits go out on Enter, on leaving a field, or after a pause of 400 ms.

    Only fields the person edited are sent, so a guidance of 4.25 is not rounded by being shown.
    """

    seed_kept = Signal(bool)
    """Whether the seed is kept from now on."""
    entered = Signal()
    """Enter in a field: what stands in it was sent, and the keyboard is free for the picture."""

    def __init__(
        self,
        prompt: PromptModel,
        base: BaseModel,
        triggers: TriggerWords,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = prompt
        self._triggers = triggers
        self._base: CheckpointInfo | None = None
        self._is_low = False
        self._buttons: tuple[QWidget, ...] = ()
        self._edited: set[str] = set()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._build()
        self._lay_out()
        self._connect()
        base.changed.connect(self._on_checkpoint_changed)
        triggers.changed.connect(self._show_note)
        prompt.wildcards_changed.connect(self._show_note)
        self._on_sampling_changed(self._model.sampling)
        if base.info is not None:
            self._on_checkpoint_changed(base.info)

    @property
    def note(self) -> ElidedLines:
        """The lines for words the base doesn't read or know, and values that cannot be rendered."""
        return self._note

    @property
    def is_seed_locked(self) -> bool:
        return self._seeds.is_locked

    def prepare_render(self) -> None:
        """Before an explicit render: send what is being typed, and a new seed if unlocked."""
        if self.is_seed_locked:
            self.commit()
            return
        self._edited.discard("seed")
        self._model.change(**{**self._taken(), "seed": secrets.randbelow(_RANDOM_SEEDS)})
        self._on_sampling_changed(self._model.sampling)

    def add_buttons(self, buttons: Sequence[QWidget]) -> None:
        """Behind the texts, one in each line: where else words come from."""
        self._buttons = tuple(buttons)
        for row, button in enumerate(buttons):
            self._words.addWidget(button, row, 2)

    @Slot(object)
    def drop_tags(self, texts: tuple[str, ...]) -> None:
        """They became rows, also where the field is still being typed into."""
        if "prompt" in self._edited:
            self._prompt.setText(without_tags(self._prompt.text(), texts))

    @Slot()
    def focus_prompt(self) -> None:
        self._prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._prompt.selectAll()

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
        self._sampler.offer(SAMPLERS, self._model.sampling.sampler)
        self._sampler.setToolTip(self.tr("Sampler: the rule that turns noise into a picture."))
        self._size = SizeBox()
        self._size.setToolTip(self.tr("Width × height of the picture in pixels."))
        self._note = ElidedLines()
        self._note.set_look(quiet=True)

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

    def _connect(self) -> None:
        self._model.sampling_changed.connect(self._on_sampling_changed)
        self._pause.timeout.connect(self._on_pause)
        self._prompt.textEdited.connect(self._on_prompt_typed)
        self._negative.textEdited.connect(self._on_negative_typed)
        self._prompt.cursorPositionChanged.connect(self._note_caret)
        self._seed.edited.connect(self._on_seed_edited)
        self._steps.edited.connect(self._on_steps_edited)
        self._guidance.edited.connect(self._on_guidance_edited)
        self._sampler.activated.connect(self._on_sampler_chosen)
        self._size.edited.connect(self._on_size_edited)
        self._size.finished.connect(self._on_field_left)
        self._seeds.lock.toggled.connect(self.seed_kept)
        self._seeds.dice.clicked.connect(self.roll_seed)
        for field in (self._prompt, self._negative, self._seed, self._steps, self._guidance):
            field.editingFinished.connect(self._on_field_left)
        for line in self._lines():
            # Queued: Qt tells of the key first, and that the field is edited after it.
            line.returnPressed.connect(self._on_return_pressed, Qt.ConnectionType.QueuedConnection)

    def _lines(self) -> list[QLineEdit]:
        """What letters are typed into."""
        boxes = (self._seed, self._steps, self._guidance, self._size)
        lines = (self._prompt, self._negative, *(box.lineEdit() for box in boxes))
        return [line for line in lines if line is not None]

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._arrange()

    def set_low(self, is_low: bool) -> None:
        """Where the window is low, what is narrow as well puts both texts into one line, and the
        note has one, too."""
        self._is_low = is_low
        self._note.set_lines(1 if is_low else 2)
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

    # -- from the fields to the model -----------------------------------------------------

    @Slot()
    def commit(self) -> None:
        """Send the edited fields now; values that cannot be rendered stay and are explained."""
        changes = self._taken()
        if changes:
            self._model.change(**changes)
            self._on_sampling_changed(self._model.sampling)
            self._note_caret()

    @Slot()
    def _note_caret(self) -> None:
        """Words from elsewhere go where a person writes."""
        if self._prompt.hasFocus() and "prompt" not in self._edited:
            self._model.write_at(self._prompt.caret)

    def _taken(self) -> dict[str, Any]:
        """What is to be sent; nothing, and the sentence why, while any of it cannot be used. A
        field that is empty has something typed into it next, and waits."""
        self._pause.stop()
        names = self._typed()
        if self._problem(names):
            self._show_note()
            return {}
        self._edited -= names
        return self._read(names)

    def _typed(self) -> set[str]:
        """Fields that were edited and have something in them."""
        numbers = self._number_fields()
        empty = {name for name in self._edited & numbers.keys() if numbers[name].is_empty}
        return self._edited - empty

    def _problem(self, names: set[str]) -> str:
        numbers = self._number_fields()
        for name in sorted(names & numbers.keys()):
            if problem := numbers[name].problem():
                return problem
        return shown(self._model.changed(**self._read(names)).problem() or "")

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

    @Slot()
    def _on_field_left(self) -> None:
        for box in self._number_fields().values():
            box.tidy()
        self.commit()

    @Slot()
    def _on_return_pressed(self) -> None:
        """What cannot be used keeps the keyboard."""
        if not self._problem(self._typed()):
            self.entered.emit()

    @Slot()
    def _on_pause(self) -> None:
        if any(box.is_held for box in (self._seed, self._steps, self._guidance)):
            self._pause.start()
        else:
            self.commit()

    def _note_edit(self, *names: str) -> None:
        self._edited.update(names)
        self._pause.start()

    @Slot()
    def _on_prompt_typed(self) -> None:
        self._note_edit("prompt")
        self._show_note()

    @Slot()
    def _on_negative_typed(self) -> None:
        self._note_edit("negative_prompt")
        self._show_note()

    @Slot()
    def _on_seed_edited(self) -> None:
        self._note_edit("seed")

    @Slot()
    def _on_steps_edited(self) -> None:
        self._note_edit("steps")

    @Slot()
    def _on_guidance_edited(self) -> None:
        self._note_edit("guidance_scale")
        self._show_note()

    @Slot()
    def _on_sampler_chosen(self) -> None:
        self._note_edit("sampler")
        self.commit()

    @Slot()
    def _on_size_edited(self) -> None:
        self._note_edit("width", "height")

    @Slot(bool)
    def keep_seed(self, on: bool) -> None:
        self._seeds.lock.setChecked(on)

    @Slot()
    def roll_seed(self) -> None:
        self._edited.discard("seed")
        self._model.change(seed=secrets.randbelow(_RANDOM_SEEDS))

    # -- from the model to the fields -----------------------------------------------------

    @Slot(object)
    def _on_sampling_changed(self, sampling: Sampling) -> None:
        """Fields that are being edited keep what the person typed."""
        edited = self._edited
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
        self._show_note()

    @Slot(object)
    def _on_checkpoint_changed(self, info: CheckpointInfo) -> None:
        self._base = info
        self._size.offer(size_presets(info), info.size_multiple)
        self._sampler.offer(info.samplers, self._model.sampling.sampler)
        self._show_note()

    @Slot()
    def _show_note(self) -> None:
        """What cannot be used stays told as long as it stands in its field."""
        problem = self._problem(self._typed())
        if problem:
            self._show_counts(self._prompt.text())
            self._note.set_text(problem)
            self._note.set_look(signal=SignalColour.WARNING)
            return
        typed = self._model.changed(**self._read(self._typed()))
        self._show_counts(typed.prompt)
        unread, notes = self._unread(typed), self._letters(typed)
        drawn = variant_notes(typed, self._model.missing(typed)) + author_note(typed.author)
        self._note.set_text(" · ".join([*drawn, *unread, *notes, *self._unknown(typed)]))
        self._note.set_look(quiet=True, signal=SignalColour.WARNING if unread else None)

    def _unread(self, typed: Sampling) -> list[str]:
        """What is typed and lies beyond what the base reads, also before it is sent."""
        if self._base is None or self._base.prompts is None:
            return []
        named = (self.tr("the prompt"), self.tr("“Without”"))
        return [shown(unread_sentence(one, *named)) for one in self._base.prompts.unread(typed)]

    def _letters(self, typed: Sampling) -> list[str]:
        words, can_weigh = self._model.sampling.words, self._can_weigh
        texts = (typed.prompt, self._negative.text())
        told = (letters_sentence(text, words, can_weigh=can_weigh) for text in texts)
        return list(dict.fromkeys(shown(one) for one in told if one))

    @property
    def _can_weigh(self) -> bool:
        """Until a base says otherwise."""
        prompts = self._base and self._base.prompts
        return prompts is None or prompts.reads_weights

    def _show_counts(self, prompt: str) -> None:
        """prompt: what the seed makes of what is typed."""
        prompts, words = self._base and self._base.prompts, self._model.sampling.words
        texts = {self._prompt: prompt, self._negative: self._negative.text()}
        for line, text in texts.items():
            line.set_can_weigh(self._can_weigh and words == "weighted")
            line.show_count(prompts.count(text, words) if prompts else None)

    def _unknown(self, typed: Sampling) -> list[str]:
        if self._base is None or self._base.known_words is None:
            return []
        known = self._base.known_words | self._triggers.words
        # Of a prompt that leaves something open: what it says, and what the seed makes of it.
        words = unknown_words(f"{self._prompt.text()} {typed.prompt}", known)
        text = self.tr("{} doesn’t know: {}").format(shown(self._base.name), ", ".join(words))
        return [text] if words else []


def _show_from_start(line: QLineEdit, text: str) -> None:
    line.setText(text)
    if not line.hasFocus():
        line.setCursorPosition(0)
