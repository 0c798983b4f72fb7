"""A ladder on the demo, as a person starts it: a process of its own, killed, and gone on with."""

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loraviewer.cli import commands as cli

ASKED = (
    "lab", "ladder", "--base", "demo", "--lora", "manga", "--lora", "birds",
    "--prompt", "a red cat in a forest", "--seeds", "2", "--depths", "1,2", "--orders", "1",
    "--arms", "real,random", "--steps", "2", "--no-store",
)  # fmt: skip


def start(folder: Path) -> "subprocess.Popen[str]":
    """With two processes beside its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "loraviewer", *ASKED, "-o", str(folder), "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def contents(folder: Path) -> dict[str, bytes]:
    found = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Carries it out here, by one process, and gives what it told."""

    def call(folder: Path, *more: str) -> dict[str, Any]:
        asked = [*ASKED, "-o", str(folder), "--json", "--workers", "1", *more]
        status = cli.run(asked)
        out, err = capfd.readouterr()
        assert status == 0, err
        return json.loads(out)

    return call


@pytest.mark.long
def test_a_ladder_that_is_killed_ends_as_one_that_is_not(
    tmp_path: Path, run: Callable[..., dict[str, Any]]
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    process = start(killed)
    _wait_for_pictures(killed, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert run(whole)["pictures"] == 10
    assert 0 < run(killed, "--resume")["made"] < 10
    assert contents(killed) == contents(whole)

    with (whole / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    moved = {
        arm: [float(r["value"]) for r in rows if (r["arm"], r["measure"]) == (arm, "ssim")]
        for arm in ("base", "real", "random")
    }
    assert set(moved["base"]) == {1.0}
    assert max(moved["real"]) < 1.0
    assert max(moved["random"]) < 1.0
    assert "fidelity" in {row["measure"] for row in rows}


def _wait_for_pictures(folder: Path, process: "subprocess.Popen[str]") -> None:
    while process.poll() is None and not list((folder / "pictures").glob("base-*.png")):
        time.sleep(0.05)
