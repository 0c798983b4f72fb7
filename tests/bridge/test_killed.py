"""A studio that is killed at any point loses less than a second, and leaves no half file."""

import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from loraviewer.bridge.sessions.autosave import DELAY_S
from loraviewer.core.session_slots import Restored, SessionSlots

KILLS = 60
PROCESSES = 4


def _lives(tmp_path: Path) -> list[tuple[Path, float, float]]:
    """Half of them write without a pause, so that many are killed while they write."""
    chance = random.Random(7)
    lives: list[tuple[Path, float, float]] = []
    for number in range(KILLS):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        delay_s = DELAY_S if number % 2 else 0.0
        lives.append((folder, delay_s, chance.uniform(0.02, 0.6)))
    return lives


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_nothing_is_lost_whenever_it_is_killed(tmp_path: Path):
    lives = _lives(tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bridge.killed_studio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    for number, (folder, delay_s, life_s) in enumerate(lives):
        stdin = running[number % PROCESSES].stdin
        assert stdin is not None
        stdin.write(f"{folder} {delay_s} {life_s}\n")
    killed = sum(process.communicate()[0].count("killed") for process in running)
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert killed == KILLS
    in_writes = [_check(folder, delay_s) for folder, delay_s, _ in lives]
    assert any(in_writes)  # else the test says little


def _check(folder: Path, delay_s: float) -> bool:
    """Whether the process was killed while it wrote."""
    log = folder / "log"
    lines = [line.split() for line in log.read_text().splitlines()]
    slot = SessionSlots(folder / "sessions", {}).take()
    read = slot.read()
    slot.release()
    assert not read.complaint
    assert not list((folder / "sessions").glob("*damaged*"))
    begun, ended = _numbers(lines, "begin"), _numbers(lines, "end")
    restored = _restored(read)
    # What was written is there, whole; a write that was under way may just have got there.
    assert restored in {*ended[-1:], *begun[-1:]} or (restored is None and not ended)
    lag_s = _behind_s(lines, restored)
    assert lag_s <= delay_s + _slowest_s(lines)
    return len(begun) > len(ended)


def _restored(read: Restored) -> int | None:
    return read.session.document.sampling.seed if read.session else None


def _numbers(lines: list[list[str]], what: str) -> list[int]:
    return [int(number) for name, number, _ in lines if name == what]


def _behind_s(lines: list[list[str]], restored: int | None) -> float:
    """From the first edit that was lost to the last thing that the process did."""
    lost = [float(at) for name, n, at in lines if name == "edit" and int(n) > (restored or 0)]
    return float(lines[-1][2]) - lost[0] if lost else 0.0


def _slowest_s(lines: list[list[str]]) -> float:
    """What this machine added to the pause: a write that was waited for and the one under way, and
    turns of the event loop that came late. On one that has nothing else to do, milliseconds."""
    writes = [[float(at) for name, _, at in lines if name == what] for what in ("begin", "end")]
    end = float(lines[-1][2])
    took = [(writes[1] + [end])[i] - begun for i, begun in enumerate(writes[0])]
    times = [float(at) for _, _, at in lines]
    late = max((b - a for a, b in pairwise(times)), default=0.0)
    return 2 * max(took, default=0.0) + 3 * late + 0.1
