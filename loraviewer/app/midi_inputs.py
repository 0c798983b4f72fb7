"""MIDI controllers through mido and python-rtmidi, where they are installed (`loraviewer[midi]`).

Both are imported when somebody presents, never before: they look for devices of the machine.
"""

import importlib
from collections.abc import Callable
from typing import Any

from loraviewer.core.midi import ControlMoved
from loraviewer.core.outcome import RequestError
from loraviewer.core.sentences import say


def open_inputs(tell: Callable[[ControlMoved], None]) -> Callable[[], None]:
    """All of them. `tell` is called on a thread of python-rtmidi's. RequestError where there is no
    library or no device."""
    try:
        mido: Any = importlib.import_module("mido")
        names: list[str] = list(dict.fromkeys(mido.get_input_names()))
    except ImportError as error:
        words = say("MIDI faders need two libraries: pip install “loraviewer[midi]”.")
        raise RequestError(words) from error
    except (OSError, RuntimeError) as error:
        raise RequestError(say("MIDI cannot be used here: {why}", why=str(error))) from error

    def hear(message: Any) -> None:
        if message.type == "control_change":
            tell(ControlMoved(message.channel, message.control, message.value))

    ports: list[Any] = []

    def close() -> None:
        for port in ports:
            port.close()

    try:
        ports.extend(mido.open_input(name, callback=hear) for name in names)
    except (OSError, RuntimeError, ValueError) as error:
        close()
        raise RequestError(say("A MIDI device cannot be opened: {why}", why=str(error))) from error
    if not ports:
        raise RequestError(
            say("There is no MIDI device; plug one in and come back onto the stage.")
        )
    return close
