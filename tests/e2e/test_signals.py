"""Signals end the real studio as its close button does, whatever it is doing."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.fakes import PATIENCE_S

STOPPING = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def heed() -> None:
    """A shell that runs the tests in its background has its children ignore Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def trace(tmp_path):
    """A pipe that tells what the studio reached."""
    os.mkfifo(tmp_path / "trace")
    handle = os.open(tmp_path / "trace", os.O_RDWR)
    yield handle
    os.close(handle)


@pytest.fixture
def studio(tmp_path, trace):
    """Starts a studio with folders of its own; every one of them has ended afterwards."""
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "QT_QPA_PLATFORM": "offscreen",
            "OMP_NUM_THREADS": "1",
            "LORAVIEWER_TRACE": str(tmp_path / "trace"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "loraviewer", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until_reached(milestone, trace):
    """Blocks until the studio notes it."""
    end, seen = time.monotonic() + 4 * PATIENCE_S, b""
    while f'"{milestone}"'.encode() not in seen:
        ready, _, _ = select.select([trace], [], [], end - time.monotonic())
        assert ready, f"“{milestone}” was never reached: {seen}"
        seen += os.read(trace, 4096)


def ended(process) -> tuple[int, bool]:
    """The status, and whether a traceback or a crash was told."""
    _, err = process.communicate(timeout=4 * PATIENCE_S)
    return process.returncode, "Traceback" in err or "Fatal" in err


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "SIGHUP" else pytest.mark.long) for name in STOPPING],
)
def test_a_signal_ends_a_studio_at_work(studio, trace, tmp_path, name):
    """Right after the first paint, while the engine thread imports torch and loads."""
    process = studio()
    until_reached("window", trace)
    process.send_signal(getattr(signal, name))
    assert ended(process) == (STOPPING[name], False)
    assert (tmp_path / "config" / "loraviewer" / "window.ini").is_file()


def test_ctrl_c_ends_a_studio_that_renders(studio, trace, tmp_path):
    process = studio()
    until_reached("checkpoint", trace)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, False)
    assert (tmp_path / "config" / "loraviewer" / "window.ini").is_file()


@pytest.mark.parametrize("after_s", [0.3, 0.6, 1.2])
def test_ctrl_c_while_it_starts(studio, after_s):
    """Before Python runs our first line its own message may stand; there is nothing to save."""
    process = studio()
    select.select([], [], [], after_s)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Fatal" not in err
