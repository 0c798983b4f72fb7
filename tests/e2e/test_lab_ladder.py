"""A ladder on the demo, as a person starts it: a process of its own, killed, and gone on with."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

ASKED = (
    "lab", "ladder", "--base", "demo", "--lora", "manga", "--lora", "birds",
    "--prompt", "a red cat in a forest", "--seeds", "2", "--depths", "1,2", "--orders", "1",
    "--arms", "real,random", "--steps", "4", "--no-store",
)  # fmt: skip


def start(folder: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "loraviewer", *ASKED, "-o", str(folder), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def contents(folder: Path) -> dict[str, bytes]:
    found = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def test_a_ladder_that_is_killed_ends_as_one_that_is_not(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    out, err = start(whole, "--json", "--workers", "1").communicate(timeout=300)
    assert json.loads(out)["pictures"] == 10, err

    process = start(killed, "--workers", "2")
    _wait_for_pictures(killed, process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    out, err = start(killed, "--json", "--workers", "2", "--resume").communicate(timeout=300)
    assert 0 < json.loads(out)["made"] < 10, err
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
