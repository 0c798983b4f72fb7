"""Rows of the stage moved by the controls of a MIDI device, learnt by moving them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.languages import shown
from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.midi import ControlMoved, OpenMidi, strength_at, with_bound
from loraviewer.core.outcome import RequestError

_BURST_MS = 400
"""Moves that follow each other within this are one undo step."""


class MidiFaders(QObject):
    """Listens while somebody presents and any control is bound or being learnt. Which control
    moves which row of the stack, by its place, is a setting. GUI thread only."""

    changed = Signal()
    _heard = Signal(object)  # ControlMoved, from the thread of the device

    def __init__(
        self,
        presenter: PresenterModel,
        settings: SettingsModel,
        open_midi: OpenMidi | None,
        parent: QObject | None = None,
    ) -> None:
        """open_midi: None where this studio knows none."""
        super().__init__(parent)
        self._presenter = presenter
        self._settings = settings
        self._open_midi = open_midi
        self._close: Callable[[], None] | None = None
        self._is_learning = False
        self._is_moving = False
        self._note = ""
        self._burst = QTimer(self, singleShot=True, interval=_BURST_MS)
        self._burst.timeout.connect(self._end_burst)
        self._heard.connect(self._on_heard)
        presenter.switched.connect(self._on_switched)

    @property
    def is_learning(self) -> bool:
        """Whether the next control that moves is bound to the selected row."""
        return self._is_learning

    @property
    def note(self) -> str:
        """What there is to tell about it now, in one sentence; "" for nothing."""
        return self._note

    def learn(self) -> None:
        """Or no longer. Nothing where there is no row, or no MIDI in this studio."""
        name = self._presenter.selected_name if self._open_midi is not None else ""
        self._is_learning = not self._is_learning and bool(name)
        words = self.tr("Move a control of the MIDI device: from then on it moves {}.")
        self._tell(words.format(name) if self._is_learning else "")
        if self._is_learning:
            self._listen()

    def hush(self) -> None:
        """What was told has been read; what is to be learnt stays so."""
        if self._note and not self._is_learning:
            self._tell("")

    def _tell(self, note: str) -> None:
        self._note = note
        self.changed.emit()

    # -- the device -----------------------------------------------------------------------

    @Slot(bool)
    def _on_switched(self, is_on: bool) -> None:
        if is_on and self._settings.settings.midi_faders:
            self._listen()
        elif not is_on:
            self._stop()

    def _listen(self) -> None:
        if self._close is not None or self._open_midi is None:
            return
        try:
            self._close = self._open_midi(self._heard.emit)
        except RequestError as error:
            self._is_learning = False
            self._tell(shown(error.message))

    def _stop(self) -> None:
        self._end_burst()
        self._is_learning, self._note = False, ""
        if self._close is not None:
            self._close()
            self._close = None

    @Slot(object)
    def _on_heard(self, moved: ControlMoved) -> None:
        """What comes late, after the end, counts no more."""
        if not self._presenter.is_on:
            return
        if self._is_learning:
            self._bind(moved)
        elif (row := self._settings.settings.midi_faders.get(moved.key)) is not None:
            self._move(row, moved.value)

    def _bind(self, moved: ControlMoved) -> None:
        self._is_learning = False
        known = self._settings.settings.midi_faders
        row = self._presenter.selected_place + 1
        self._settings.change(midi_faders=with_bound(known, moved.key, row))
        words = self.tr("Control {} moves row {} now.")
        self._tell(words.format(moved.key, row))

    def _move(self, row: int, value: int) -> None:
        entry = self._presenter.entry_at(row - 1)
        if entry is None:
            return
        if not self._is_moving:
            self._is_moving = True
            self._presenter.begin_drag()
        self._burst.start()
        self._presenter.set_strength(entry.entry_id, strength_at(value, entry.fader_ends))

    @Slot()
    def _end_burst(self) -> None:
        self._burst.stop()
        if self._is_moving:
            self._is_moving = False
            self._presenter.end_drag()
