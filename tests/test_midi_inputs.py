"""MIDI through mido, by a stand-in for it: no hardware, and no library, is needed."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from loraviewer.app.midi_inputs import open_inputs
from loraviewer.core.midi import ControlMoved
from loraviewer.core.outcome import RequestError


class FakeMido(ModuleType):
    def __init__(self, *names: str, broken: str = "") -> None:
        super().__init__("mido")
        self.names = list(names)
        self.broken = broken
        self.callbacks: dict[str, Any] = {}

    def get_input_names(self) -> list[str]:
        return self.names

    def open_input(self, name: str, callback: Any) -> SimpleNamespace:
        if name == self.broken:
            raise OSError("it is in use")
        self.callbacks[name] = callback
        return SimpleNamespace(close=lambda: self.callbacks.pop(name))


def test_controls_of_every_input_are_told(monkeypatch):
    mido = FakeMido("knobs", "pads", "knobs")
    monkeypatch.setitem(sys.modules, "mido", mido)
    told: list[ControlMoved] = []
    close = open_inputs(told.append)
    assert set(mido.callbacks) == {"knobs", "pads"}
    mido.callbacks["pads"](SimpleNamespace(type="note_on", channel=0, note=60))
    moved = SimpleNamespace(type="control_change", channel=2, control=7, value=99)
    mido.callbacks["knobs"](moved)
    assert told == [ControlMoved(2, 7, 99)]
    close()
    assert mido.callbacks == {}


@pytest.mark.parametrize(
    ("mido", "sentence"),
    [
        (None, "MIDI faders need two libraries"),
        (FakeMido(), "There is no MIDI device"),
        (FakeMido("knobs", "pads", broken="pads"), "cannot be opened: it is in use"),
    ],
)
def test_what_is_missing_is_one_sentence(monkeypatch, mido: FakeMido | None, sentence: str):
    monkeypatch.setitem(sys.modules, "mido", mido)
    with pytest.raises(RequestError, match=sentence):
        open_inputs(lambda moved: None)
    assert mido is None or mido.callbacks == {}, "what was opened before is closed"
