"""What is said and kept of bfloat16 on a processor."""

import os
from pathlib import Path

import pytest

from loraviewer.core.outcome import FileError
from loraviewer.core.precision_speed import (
    PrecisionSpeed,
    read_speed,
    this_machine,
    write_speed,
)

HERE = "a processor, 2 cores, torch 2"


def speed(ratio: float | None, *, has_bfloat16: bool = True, machine: str = HERE) -> PrecisionSpeed:
    return PrecisionSpeed(machine=machine, has_bfloat16=has_bfloat16, ratio=ratio)


@pytest.mark.parametrize(
    ("ratio", "pays", "part"),
    [
        (1.42, True, "1.4 times as fast"),
        (1.1, True, "1.1 times as fast"),
        (1.0, False, "no faster"),
        (0.7, False, "takes 1.4 times as long"),
    ],
)
def test_it_says_what_was_measured(ratio, pays, part):
    one = speed(ratio)
    assert one.pays is pays
    assert part in str(one.sentence)
    assert ("differ by half a level" in str(one.sentence)) is pays


def test_a_processor_without_it_offers_nothing():
    one = speed(None, has_bfloat16=False)
    assert one.sentence is None
    assert not one.pays


def test_it_is_kept_for_this_machine(tmp_path: Path):
    file = tmp_path / "cache" / "precision.json"
    assert read_speed(file, HERE) is None
    write_speed(file, speed(1.42))
    assert read_speed(file, HERE) == speed(1.42)
    assert read_speed(file, "another processor") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"machine": 3, "has_bfloat16": true}',
        b'{"machine": "a processor, 2 cores, torch 2", "has_bfloat16": true, "ratio": 0.0}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_measured_again(tmp_path: Path, content: bytes):
    file = tmp_path / "precision.json"
    file.write_bytes(content)
    assert read_speed(file, HERE) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path):
    file = tmp_path / "precision.json"
    os.mkfifo(file)
    assert read_speed(file, HERE) is None


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "cache").write_bytes(b"a file in its way")
    with pytest.raises(FileError, match="cannot be written"):
        write_speed(tmp_path / "cache" / "precision.json", speed(1.42))


def test_a_machine_is_told_by_its_cores_and_torch():
    assert "cores, torch " in this_machine()
    assert this_machine() == this_machine()
