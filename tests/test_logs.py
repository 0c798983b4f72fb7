"""What goes wrong in a studio is written down, whatever the folder is like."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from loraviewer.app.logs import Logs


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("loraviewer")


def test_a_log_is_kept_until_it_is_closed(tmp_path: Path, logger: logging.Logger) -> None:
    logs = Logs(tmp_path / "new" / "folder")
    logger.warning("the first")
    logs.close()
    logger.warning("the second")
    text = logs.path.read_text(encoding="utf-8")
    assert logs.complaint == ""
    assert "WARNING MainThread: the first" in text
    assert "the second" not in text
    assert logger.handlers == []


def test_a_long_log_gives_way_to_a_new_one(tmp_path: Path, logger: logging.Logger) -> None:
    (tmp_path / "crashes.log").write_text("x" * (2 << 20))
    logs = Logs(tmp_path)
    for _ in range(50):
        logger.info("y" * 100_000)
    logs.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.pop("crashes.log") == 0
    names = ["loraviewer.log", *(f"loraviewer.log.{n}" for n in (1, 2, 3))]
    assert sorted(sizes) == names
    assert max(sizes.values()) <= 1 << 20


def test_a_folder_that_cannot_be_written_costs_the_log_alone(tmp_path: Path, logger) -> None:
    (tmp_path / "taken").write_text("a file")
    logs = Logs(tmp_path / "taken" / "log")
    logger.warning("goes nowhere")
    logs.close()
    assert str(tmp_path / "taken") in logs.complaint
    assert logs.crashes is None


def test_a_crash_leaves_its_traceback_beside_the_log(tmp_path: Path) -> None:
    script = (
        "import ctypes, pathlib, sys\n"
        "from loraviewer.app.logs import Logs\n"
        "logs = Logs(pathlib.Path(sys.argv[1]))\n"
        "def where_it_crashes(): ctypes.string_at(0)\n"
        "where_it_crashes()\n"
    )
    crashed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True)
    assert crashed.returncode != 0
    assert "where_it_crashes" in (tmp_path / "crashes.log").read_text()
