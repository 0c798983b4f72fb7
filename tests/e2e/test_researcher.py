"""A researcher's question on the bundled demo: numbers of the weights, an experiment that stops and
goes on, its curves and report, the same again by the command line, and a claim to try next."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loraviewer.ui.lab.experiments.claims_page import ClaimsPage
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.overview_page import OverviewPage
from loraviewer.ui.main_window import MainWindow
from tests.e2e.test_studio import own_folders, run_studio, scales, settled, until
from tests.ui.focus import focused

__all__ = ["own_folders", "run_studio"]

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
STEPS = 2
CELLS = 10
"""The base of two seeds; one and two adapters, real and random, of two seeds each."""


def test_a_question_is_asked_answered_and_repeated(
    run_studio: Callable[[Callable[[MainWindow], None]], None],
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: not opened.append(url))

    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: len(scales(settled(window, "current"))) == 2)
        window._controller.prompt.change(steps=STEPS)
        until(qtbot, lambda: settled(window, "current"))
        look_at_weights(window, qtbot)
        page = ask(window, qtbot)
        stop_and_go_on(window, page, qtbot)
        read(page, qtbot)
        QTest.mouseClick(page.results.bar.report, LEFT)
        try_a_claim(window, qtbot)

    run_studio(visit)
    (url,) = opened
    report = Path(url.toLocalFile())
    page = report.read_text("utf-8")
    assert all(words in page for words in ("birds", "night", "a boat in the sea", "lab run"))
    again = tmp_path / "again"
    repeat(report.parent / "description.json", again)
    first, second = numbers(report.parent), numbers(again)
    assert len({cell for cell, _ in second}) == CELLS
    # The studio's threads are several, the command's is one: sums are rounded otherwise.
    assert second == pytest.approx(first, rel=0.01, abs=0.01)
    assert farthest(pictures(report.parent), pictures(again)) <= 2


def look_at_weights(window: MainWindow, qtbot: QtBot) -> None:
    """What the dock says is about both rows, and goes with the fader."""
    QTest.keyClick(focused(), Key.Key_F2)
    until(qtbot, lambda: isinstance(window.weights.dock.page, OverviewPage))
    page = window.weights.dock.page
    assert isinstance(page, OverviewPage)
    until(qtbot, lambda: "%" in page.headline)
    before = page.headline
    stack = window._controller.stack
    stack.set_scale(stack.stack.entries[0].entry_id, 0.5)
    until(qtbot, lambda: "%" in page.headline and page.headline != before)
    window.actions_table["undo"].trigger()
    until(qtbot, lambda: page.headline == before)


def ask(window: MainWindow, qtbot: QtBot) -> ExperimentPage:
    """A small ladder beside its random twins; what it costs is said before it starts."""
    QTest.keyClick(focused(), Key.Key_F3)
    until(qtbot, lambda: isinstance(window.experiments.dock.page, ExperimentPage))
    page = window.experiments.dock.page
    assert isinstance(page, ExperimentPage)
    draft = window._controller.experiments.draft("ladder")
    ladder = msgspec.structs.replace(
        draft,
        prompts=("a boat in the sea",),
        seeds=(1, 2),
        depths=(1, 2),
        orders=1,
        policies=("one",),
        arms=("real", "random"),
        measures=("ssim", "detail"),
    )
    page.fill(ladder)
    until(qtbot, lambda: f"{CELLS} cells" in page.run.words and page.run.start.isEnabled())
    return page


def stop_and_go_on(window: MainWindow, page: ExperimentPage, qtbot: QtBot) -> None:
    running = window._controller.experiments
    QTest.mouseClick(page.run.start, LEFT)
    until(qtbot, page.run.pause.isVisible)
    QTest.mouseClick(page.run.pause, LEFT)
    until(qtbot, page.run.go_on.isVisible)
    assert "paused" in page.run.progress
    assert running.state.phase == "paused"
    QTest.mouseClick(page.run.go_on, LEFT)
    until(qtbot, lambda: running.state.phase == "finished")
    assert "Finished" in page.run.progress


def read(page: ExperimentPage, qtbot: QtBot) -> None:
    """Curves of both arms, and words below them."""
    curves = page.results.curves
    until(qtbot, lambda: curves.drawn is not None and curves.told)
    assert curves.drawn is not None
    assert len(curves.drawn.curves) == 2
    assert curves.told.endswith(".")


def try_a_claim(window: MainWindow, qtbot: QtBot) -> None:
    """It fills the form, with its adapters in the stack; nothing starts by itself."""
    running = window._controller.experiments
    window.actions_table["claims"].trigger()
    until(qtbot, lambda: isinstance(window.experiments.dock.page, ClaimsPage))
    claims = window.experiments.dock.page
    assert isinstance(claims, ClaimsPage)
    claim = claims.current
    assert claim is not None
    assert claim.draft is not None
    assert claims.verdict
    QTest.mouseClick(claims.try_it, LEFT)
    until(qtbot, lambda: isinstance(window.experiments.dock.page, ExperimentPage))
    page = window.experiments.dock.page
    assert isinstance(page, ExperimentPage)
    until(qtbot, lambda: page.asked is not None and "cells" in page.run.words)
    assert page.asked is not None
    assert page.asked.kind == claim.draft.kind
    names = [one.name for one in page.asked.adapters]
    assert [row.name for row in window._controller.stack.stack.entries if row.is_enabled] == names
    assert running.state.phase == "finished"


def repeat(description: Path, folder: Path) -> None:
    """As a person types it."""
    asked = ["lab", "run", str(description), "-o", str(folder), "--no-store", "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "loraviewer", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def numbers(folder: Path) -> dict[tuple[str, str], float]:
    """By cell and measure."""
    with (folder / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["cell"], row["measure"]): float(row["value"]) for row in rows}


def pictures(folder: Path) -> dict[str, bytes]:
    """Name → pixels."""
    found: dict[str, bytes] = {}
    for path in (folder / "pictures").iterdir():
        with Image.open(path) as picture:
            found[path.name] = picture.convert("RGB").tobytes()
    return found


def farthest(some: dict[str, bytes], others: dict[str, bytes]) -> int:
    """The largest distance of pictures of one name, of 255; fails where names differ."""
    assert some.keys() == others.keys()
    pairs = ((some[name], others[name]) for name in some)
    return max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
