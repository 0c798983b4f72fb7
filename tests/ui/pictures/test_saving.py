"""Pictures that are saved from the window as sheets and animations."""

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.bridge.rendering.render_scheduler import settled_request
from loraviewer.core import infotext
from loraviewer.core.contact_sheet import SHEET_CHUNK
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.prediction import AS_FOUND
from loraviewer.core.reports import AdapterReport
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.pictures.texts import picture_texts
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.pictures.animation_dialog import AnimationDialog
from tests.ui.fakes import DEMO, Desk, entry, plain_picture, rendered
from tests.ui.pictures.picture_files import sentence


def test_all_panes_as_one_sheet(window, controller, qtbot, tmp_path):
    stack = AdapterStack(entries=(entry("manga", 0.8),))
    controller.stack.reset(stack)
    sampling = Sampling(prompt="a girl — 絵, ünï " * 8, width=128, height=128)
    one = rendered(plain_picture((10, 20, 30), 128, 128), sampling=sampling)
    two = rendered(plain_picture((200, 100, 50), 128, 128), stack, sampling=sampling)
    controller.show("base", shown=one)
    controller.show("current", shown=two, shown_stack=stack)
    window.actions_table["save_panes"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    out = tmp_path / "sheet.png"
    with qtbot.waitSignal(controller.pictures.sheet_saved, timeout=20_000):
        dialog.fileSelected.emit(str(out))
    dialog.close()
    told = json.loads(picture_texts(out)[SHEET_CHUNK])
    assert [pane["pane"] for pane in told] == ["Base", "Current"]
    assert infotext.from_json(json.dumps(told[1]["record"])).request == two.request
    with Image.open(out) as sheet:
        pixels = sheet.convert("RGB")
    assert pixels.width == 2 * 24 + 2 * 384 + 20
    assert pixels.height > 24 + 384 + 60
    assert pixels.getpixel((24, 24)) == (10, 20, 30)
    assert pixels.getpixel((24 + 383, 24 + 383)) == (10, 20, 30)
    assert pixels.getpixel((24 + 384 + 20, 24)) == (200, 100, 50)
    assert pixels.getpixel((2, 2)) == (255, 255, 255)
    below = pixels.crop((24, 24 + 384 + 8, 24 + 384, pixels.height - 24))
    assert any(sum(colour) < 300 for _, colour in below.getcolors(1 << 20))  # type: ignore[misc]
    assert "sheet.png" in sentence(window)


def test_nothing_to_be_seen_is_no_sheet(window, controller):
    window.actions_table["save_panes"].trigger()
    assert window.findChild(QFileDialog) is None
    assert "finished picture" in sentence(window)


def add_row(controller: Desk) -> None:
    """Matched already, and with nothing under way."""
    controller.learn("manga", AdapterReport(sha256="manga", matched=("unet.a",)))
    controller.stack.add(entry("manga", 0.8))
    controller.stop()


def ask_for_animation(window: MainWindow, out: Path, **fields: float) -> None:
    window.actions_table["save_animation"].trigger()
    dialog = window.findChild(AnimationDialog)
    assert dialog is not None
    for name, value in fields.items():
        getattr(dialog, name).set_number(value)
    dialog.save.click()
    assert not dialog.trouble
    files = window.findChildren(QFileDialog)[-1]
    files.fileSelected.emit(str(out))
    files.close()


def answer_frames(controller: Desk, count: int) -> list[RenderJob]:
    works: list[RenderJob] = []
    for i in range(count):
        job = controller.engine.take()
        assert job is not None
        assert isinstance(job.work, RenderJob)
        works.append(job.work)
        picture = Picture(64, 64, bytes((40 * i, 255 - 40 * i, 7)) * (64 * 64))
        controller.engine.finish(
            Rendered(job.work.request, picture, rendered(picture).timings, "f")
        )
    return works


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_a_fader_on_its_way_is_an_animation(window, controller, qtbot, tmp_path, name):
    add_row(controller)
    out = tmp_path / name
    ask_for_animation(window, out, start=-0.5, end=1.0, frames=4, frame_ms=100)
    with qtbot.waitSignal(controller.pictures.animation.saved, timeout=20_000):
        works = answer_frames(controller, 4)
    scales = [work.request.adapters[0].scale if work.request.adapters else 0 for work in works]
    assert scales == [-0.5, 0, 0.5, 1.0]
    assert not any(work.request.is_draft for work in works)
    end = controller.stack.stack.with_entry("manga", scale=1.0)
    sampling = controller.document.document.sampling
    assert works[-1].request == settled_request(DEMO, end, sampling, AS_FOUND)
    with Image.open(out) as animation:
        assert animation.n_frames == 6  # type: ignore[attr-defined]
        assert animation.info["loop"] == 0
        colours = []
        for index in range(6):
            animation.seek(index)
            frame = animation.convert("RGB")
            assert frame.width == 64
            assert frame.height > 64
            assert frame.crop((0, 0, 64, 64)).getcolors() == [(64 * 64, frame.getpixel((5, 5)))]
            colours.append(frame.getpixel((5, 5)))
        assert [red for red, _, _ in colours] == [0, 40, 80, 120, 80, 40]
    assert controller.stack.stack.entries[0].scale == 0.8
    assert name in sentence(window)


def test_an_animation_says_how_it_was_made(window, controller, qtbot, tmp_path):
    add_row(controller)
    out = tmp_path / "a.png"
    ask_for_animation(window, out, start=0, end=1, frames=2)
    with qtbot.waitSignal(controller.pictures.animation.saved, timeout=20_000):
        answer_frames(controller, 2)
    told = json.loads(picture_texts(out)["loraviewer-animation"])
    assert (told["fader"], told["way"]["start"], told["way"]["end"]) == ("manga", 0.0, 1.0)


def test_a_stopped_animation_leaves_nothing(window, controller, qtbot, tmp_path):
    add_row(controller)
    out = tmp_path / "a.png"
    ask_for_animation(window, out, start=0, end=1, frames=3)
    answer_frames(controller, 1)
    job = controller.engine.take()
    assert job is not None
    window.actions_table["stop"].trigger()
    assert job.token.is_cancelled
    controller.engine.finish()
    assert controller.engine.take() is None
    ask_for_animation(window, out, start=0, end=1, frames=3)
    answer_frames(controller, 1)
    controller.engine.take()
    controller.engine.finish(Failure(FailureKind.MEMORY, "There is not enough memory."))
    assert "memory" in sentence(window)
    assert list(tmp_path.glob("*.png")) == []


def test_an_animation_needs_a_fader_and_a_way(window, controller):
    window.actions_table["save_animation"].trigger()
    assert "Add an adapter" in sentence(window)
    controller.stack.add(entry("manga", 0.8))
    window.actions_table["save_animation"].trigger()
    dialog = window.findChild(AnimationDialog)
    assert dialog is not None
    dialog.end.set_number(dialog.start.number())
    dialog.save.click()
    assert "nothing would move" in dialog.trouble
    dialog.reject()


def test_a_name_that_no_animation_can_have(window, controller, qtbot, tmp_path):
    add_row(controller)
    ask_for_animation(window, tmp_path / "a.gif", start=0, end=1, frames=2)
    with qtbot.waitSignal(controller.notice, timeout=20_000):
        answer_frames(controller, 2)
    assert ".webp" in sentence(window)
    assert not (tmp_path / "a.gif").exists()
