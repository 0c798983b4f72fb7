"""A saved picture is made again from the window, and compared with what the file shows."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.request import Sampling
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, plain_picture, rendered
from tests.ui.pictures.picture_files import save, sentence


def check(window: MainWindow, controller: Desk, qtbot: QtBot, path: Path) -> RenderJob:
    """Up to where the engine has to answer."""
    window.actions_table["verify_picture"].trigger()
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(lambda: controller.engine.waiting == 1, timeout=20_000)
    job = controller.engine.take()
    assert job is not None
    assert isinstance(job.work, RenderJob)
    return job.work


def checked_sentence(window, controller, qtbot, answer) -> str:
    with qtbot.waitSignal(controller.pictures.checks.busy, timeout=20_000):
        controller.engine.finish(answer)
    return sentence(window)


@pytest.mark.parametrize(
    ("colour", "words"),
    [((9, 9, 9), "identical"), ((9, 10, 9), "at most 1 of"), ((9, 99, 9), "at most 90 of")],
)
def test_a_checked_picture_is_told_with_numbers(window, controller, qtbot, tmp_path, colour, words):
    made = rendered(plain_picture((9, 9, 9)), sampling=Sampling(width=8, height=8))
    path = save(tmp_path / "a.png", made)
    work = check(window, controller, qtbot, path)
    assert work.is_anew
    assert work.request == made.request
    again = msgspec.structs.replace(made, picture=plain_picture(colour))
    assert words in checked_sentence(window, controller, qtbot, again)


def test_another_base_makes_a_check_impossible(window, controller, qtbot, tmp_path):
    made = rendered(plain_picture((9, 9, 9)), sampling=Sampling(width=8, height=8))
    other = msgspec.structs.replace(made.request.checkpoint, path=str(tmp_path), identity="x")
    request = msgspec.structs.replace(made.request, checkpoint=other)
    path = save(tmp_path / "a.png", made, request=request)
    with qtbot.waitSignal(controller.pictures.checks.checked, timeout=20_000):
        controller.pictures.check(str(path))
    assert "open that first" in sentence(window)
    assert controller.engine.waiting == 0


def test_a_check_can_be_stopped_and_fail(window, controller, qtbot, tmp_path):
    made = rendered(plain_picture((9, 9, 9)), sampling=Sampling(width=8, height=8))
    path = save(tmp_path / "a.png", made)
    check(window, controller, qtbot, path)
    assert controller.stop()
    assert not controller.pictures.checks.is_busy
    controller.engine.finish(made)
    assert not window.notices.bars
    check(window, controller, qtbot, path)
    failure = Failure(FailureKind.MEMORY, "There is not enough memory.")
    assert "memory" in checked_sentence(window, controller, qtbot, failure)


def test_a_check_of_what_cannot_be_asked_for_names_the_picture(window, controller, qtbot, tmp_path):
    made = rendered(plain_picture((9, 9, 9)), sampling=Sampling(width=8, height=8))
    check(window, controller, qtbot, save(tmp_path / "a.png", made))
    failure = Failure(FailureKind.REQUEST, "There is no sampler “Nope”.")
    told = checked_sentence(window, controller, qtbot, failure)
    assert "a.png" in told
    assert "“Nope”" in told
