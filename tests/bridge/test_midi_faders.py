"""Rows moved by a MIDI device: a fake one, whose messages come from a thread of its own."""

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.bridge.presenter.midi_faders import MidiFaders
from loraviewer.core.midi import ControlMoved
from loraviewer.core.outcome import RequestError
from tests.bridge.cells import loaded
from tests.bridge.machine import Machine


class Device:
    """`is_there`: else opening it fails."""

    def __init__(self) -> None:
        self.is_there = True
        self.opened = 0
        self._tell: Callable[[ControlMoved], None] | None = None

    def open(self, tell: Callable[[ControlMoved], None]) -> Callable[[], None]:
        if not self.is_there:
            raise RequestError("There is no MIDI device.")
        self.opened += 1
        self._tell = tell
        return self.close

    def close(self) -> None:
        self._tell = None

    @property
    def is_open(self) -> bool:
        return self._tell is not None

    def move(self, value: int, control: int = 7) -> None:
        assert self._tell is not None
        sender = threading.Thread(target=self._tell, args=(ControlMoved(0, control, value),))
        sender.start()
        sender.join()
        QApplication.processEvents()


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    """Presenting, with two rows."""
    machine = loaded(Machine(), "manga", "birds")
    yield machine
    machine.studio.stage.model.end()
    machine.close()


@pytest.fixture
def midi(machine: Machine, device: Device) -> MidiFaders:
    stage = machine.studio.stage
    faders = MidiFaders(stage.model, machine.studio.settings, device.open, machine.studio)
    stage.model.begin()
    return faders


def scales(machine: Machine) -> list[float]:
    return [entry.scale for entry in machine.studio.stack.stack.entries]


def test_a_control_is_learnt_by_moving_it(machine, midi, device):
    assert device.opened == 0, "nobody asked for it yet"
    machine.studio.stage.model.step_row(1)
    midi.learn()
    assert midi.note == "Move a control of the MIDI device: from then on it moves birds."
    device.move(3)
    assert not midi.is_learning
    assert machine.studio.settings.settings.midi_faders == {"1/7": 2}
    assert scales(machine) == [0.8, 0.8], "learning moves nothing"
    device.move(127)
    assert scales(machine) == [0.8, 2.0]
    device.move(0, control=8)
    assert scales(machine) == [0.8, 2.0], "nobody's control"


def test_moves_are_one_step_and_drafts(machine, midi, device, qtbot: QtBot):
    midi.learn()
    device.move(0)
    steps = machine.studio.document.undo_stack.count()
    for value in (10, 60, 85):
        device.move(value)
    assert machine.studio.stack.is_dragging
    qtbot.waitUntil(lambda: not machine.studio.stack.is_dragging)
    assert scales(machine)[0] == 1.0
    assert machine.studio.document.undo_stack.count() == steps + 1


def test_bindings_are_heard_from_the_start_of_the_next_time(machine, midi, device):
    machine.studio.stage.model.end()
    machine.studio.settings.change(midi_faders={"1/7": 1, "1/9": 5})
    machine.studio.stage.model.begin()
    assert device.is_open
    device.move(0)
    device.move(50, control=9)
    assert scales(machine) == [-1.0, 0.8]
    machine.studio.stage.model.end()
    assert not device.is_open
    assert not machine.studio.stack.is_dragging


def test_without_a_device_it_is_said(machine, midi, device):
    device.is_there = False
    midi.learn()
    assert midi.note == "There is no MIDI device."
    assert not midi.is_learning
    midi.hush()
    assert midi.note == ""


def test_learning_is_called_off(machine, midi, device):
    midi.learn()
    midi.learn()
    assert not midi.is_learning
    device.move(3)
    assert machine.studio.settings.settings.midi_faders == {}


def test_without_rows_nothing_is_learnt(machine, midi, device):
    for entry in machine.studio.stack.stack.entries:
        machine.studio.stack.remove(entry.entry_id)
    midi.learn()
    assert not midi.is_learning
    assert device.opened == 0
