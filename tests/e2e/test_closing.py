"""The process of a closed studio ends, also where a drive sleeps and a read never comes back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import PATIENCE_S

# A pipe that nobody writes into stands for the drive. ctypes keeps Python's lock in a PyDLL, as a
# page of mapped memory does while it is waited for.
_SCRIPT = """
import ctypes, functools, os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import loraviewer.app.studio as app
import loraviewer.bridge.controller as controller
from loraviewer.adapters.about import summary
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.app.last_resort import LastResort
from loraviewer.ui.main_window import MainWindow
from tests.fakes import ScriptedEngine

where, how = sys.argv[1:]
never, _ = os.pipe()
controller.CLOSING_S = 0.3
EngineThread.close = functools.partialmethod(EngineThread.close, patience_ms=300)
app.LastResort = functools.partial(LastResort, seconds=1.5)
application = QApplication([])

def close():
    for window in application.topLevelWidgets():
        if isinstance(window, MainWindow):
            window.close()

def block(*_):
    QTimer.singleShot(0, application, close)
    if how == "keeps the lock":
        # the window needs the lock to close: it gets its turn first
        os.read(turn, 1)
        ctypes.PyDLL(None).read(never, ctypes.create_string_buffer(1), 1)
    os.read(never, 1)

turn, give_turn = os.pipe()
real_close = controller.StudioController.close
def closing(self):
    os.write(give_turn, b"x")
    return real_close(self)
controller.StudioController.close = closing
if where == "adapter":
    summary.summarise = block
    app.make_engine = lambda settings: ScriptedEngine()
else:
    app.make_engine = block
sys.exit(app.run([]))
"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", ["lets the lock go", "keeps the lock"])
@pytest.mark.parametrize("where", ["adapter", "base"])
def test_a_read_that_never_returns_does_not_keep_the_process(tmp_path: Path, where: str, how: str):
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONFAULTHANDLER": "",
    }
    process = subprocess.run(
        [sys.executable, "-c", _SCRIPT, where, how],
        env=environment, capture_output=True, text=True, timeout=4 * PATIENCE_S,
    )  # fmt: skip
    assert process.returncode == (0 if how == "lets the lock go" else 1), process.stderr
    assert (tmp_path / "config" / "loraviewer" / "window.ini").is_file()
    crashes = (tmp_path / "state" / "loraviewer" / "log" / "crashes.log").read_text()
    assert ("Timeout" in crashes) == (how == "keeps the lock")
