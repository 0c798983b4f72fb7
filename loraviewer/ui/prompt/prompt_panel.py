"""The prompt bar: what to draw, what to avoid, and how."""

import secrets
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.adapters.trigger_words import TriggerWords
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.languages import shown
from loraviewer.core.foreign.tags import without_tags
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import Sampling
from loraviewer.ui.prompt.prompt_fields import size_presets
from loraviewer.ui.prompt.prompt_form import PromptForm
from loraviewer.ui.prompt.prompt_note import PromptNote

_PAUSE_MS = 400
# Seeds a person can read out and type; any 63-bit seed may still be entered.
_RANDOM_SEEDS = 2**32


class PromptPanel(PromptForm):
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
        self._note = PromptNote(triggers)
        self._edited: set[str] = set()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._connect()
        base.changed.connect(self._on_checkpoint_changed)
        triggers.changed.connect(self._show_note)
        prompt.wildcards_changed.connect(self._show_note)
        self._on_sampling_changed(self._model.sampling)
        if base.info is not None:
            self._on_checkpoint_changed(base.info)

    @property
    def note(self) -> PromptNote:
        """Lies where the window puts it."""
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

    @Slot(object)
    def drop_tags(self, texts: tuple[str, ...]) -> None:
        """They became rows, also where the field is still being typed into."""
        if "prompt" in self._edited:
            self._prompt.setText(without_tags(self._prompt.text(), texts))

    @Slot()
    def focus_prompt(self) -> None:
        self._prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._prompt.selectAll()

    def set_low(self, is_low: bool) -> None:
        """The note has one line then, too."""
        self._note.set_lines(1 if is_low else 2)
        super().set_low(is_low)

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
        self._show_values(sampling, self._edited)
        self._show_note()

    @Slot(object)
    def _on_checkpoint_changed(self, info: CheckpointInfo) -> None:
        self._note.use_base(info)
        self._size.offer(size_presets(info), info.size_multiple)
        self._sampler.offer(info.samplers, self._model.sampling.sampler)
        self._show_note()

    @Slot()
    def _show_note(self) -> None:
        """What cannot be used stays told as long as it stands in its field."""
        if problem := self._problem(self._typed()):
            # Another number than the prompt's own is no reason to count its braces as letters.
            words = self._model.changed(**self._read(self._edited & {"prompt"}))
            self._show_counts(words.prompt)
            self._note.show_problem(problem)
            return
        typed = self._model.changed(**self._read(self._typed()))
        self._show_counts(typed.prompt)
        self._note.show_sampling(typed, self._model.missing(typed))

    def _show_counts(self, prompt: str) -> None:
        """prompt: what the seed makes of what is typed."""
        words = self._model.sampling.words
        texts = {self._prompt: prompt, self._negative: self._negative.text()}
        for line, text in texts.items():
            line.set_can_weigh(self._note.can_weigh and words == "weighted")
            line.show_count(self._note.count(text, words))
