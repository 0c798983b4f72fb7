"""Pictures that are opened in the window: dropped, named at the start, chosen."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.contact_sheet import SHEET_CHUNK
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.pictures.report_page import ReportPage
from tests.core.foreign import writers
from tests.ui.drops import drop
from tests.ui.fakes import DEMO, Desk, entry, plain_picture, rendered
from tests.ui.pictures.picture_files import PATHS, png, save, sentence


def rows(controller: Desk) -> list[tuple[str, float, float | None]]:
    return [(e.name, e.scale, e.text_scale) for e in controller.stack.stack.entries]


def open_by_drop(window: MainWindow, qtbot: QtBot, path: Path, where: QPoint | None = None) -> None:
    desk = window._controller.pictures.opening
    with qtbot.waitSignal(desk.opened, timeout=20_000):
        drop(window, where or window.rect().center(), path)


def test_a_dropped_picture_is_one_step_that_undo_takes_back(window, controller, qtbot, tmp_path):
    controller.stack.add(entry("before"))
    before = controller.document.document
    text = writers.a1111(
        "a girl, <lora:manga:0.8> <lora:birds:0.5:0.25>", "red", {"Size": "128x96", "Model": "Demo"}
    )
    open_by_drop(window, qtbot, png(tmp_path / "cat.png", parameters=text))
    sampling = controller.document.document.sampling
    assert (sampling.prompt, sampling.negative_prompt) == ("a girl,", "red")
    assert (sampling.seed, sampling.steps, sampling.guidance_scale) == (1234567890, 20, 7.0)
    assert (sampling.sampler, sampling.width, sampling.height) == ("DPM++ 2M Karras", 128, 96)
    assert rows(controller) == [("manga", 0.8, None), ("birds", 0.25, 0.5)]
    paths = [row.path for row in controller.stack.stack.entries]
    assert paths == [str(PATHS["manga"]), str(PATHS["birds"])]
    assert controller.document.undo_stack.undoText() == "Open picture cat.png"
    assert "Found by name" not in sentence(window)
    controller.document.undo_stack.undo()
    assert controller.document.document == before


def test_block_weights_of_a_tag_come_along_and_what_is_not_known_is_told(
    window, controller, qtbot, tmp_path
):
    ones = ",".join(["1"] * 11)
    text = writers.a1111(f"a girl <lora:manga:0.8:lbw=1,0.5,{ones[:-2]}> <lora:birds:1:lbw=MINE>")
    open_by_drop(window, qtbot, png(tmp_path / "cat.png", parameters=text))
    manga, birds = controller.stack.stack.entries
    assert dict(manga.block_scales)["IN04"] == 0.5
    assert birds.block_scales == ()
    assert "Not understood: “lbw=MINE” of birds, a preset whose numbers" in sentence(window)


def test_it_goes_into_the_pane_it_is_dropped_on(window, controller, qtbot, tmp_path):
    controller.stack.add(entry("kept"))
    controller.places.pin()
    other = controller.document.document.panes[-1].pane_id
    picture = png(tmp_path / "a.png", parameters=writers.a1111("x <lora:manga:1>"))
    pane = next(pane for pane in window.compare.shown() if pane.pane_id == other)
    open_by_drop(window, qtbot, picture, pane.mapTo(window, pane.rect().center()))
    document = controller.document.document
    assert document.active == other
    assert [e.name for e in document.pane(other).stack.entries] == ["manga"]
    assert [e.name for e in document.pane("current").stack.entries] == ["kept"]


def test_on_the_base_it_goes_into_the_pane_beside(window, controller, qtbot, tmp_path):
    picture = png(tmp_path / "a.png", parameters=writers.a1111("x <lora:manga:1>"))
    base = window.compare.base
    open_by_drop(window, qtbot, picture, base.mapTo(window, base.rect().center()))
    assert controller.document.document.active == "current"
    assert [name for name, _, _ in rows(controller)] == ["manga"]


def test_adapters_are_found_by_their_hash_under_any_name(window, controller, qtbot, tmp_path):
    shutil.copy(PATHS["manga"], tmp_path / "renamed.safetensors")
    digits = file_sha256(PATHS["birds"])[:10]
    more = {"Lora hashes": f"nobody: {digits}"}
    text = writers.a1111("x <lora:nobody:0.4>", "", more)
    open_by_drop(window, qtbot, png(tmp_path / "a.png", parameters=text))
    assert controller.stack.stack.entries[0].path == str(PATHS["birds"])


def test_what_is_missing_keeps_a_row_and_all_is_listed(window, controller, qtbot, tmp_path):
    more = {"Lora hashes": "ghost: 0123456789ab", "Clip skip": 2, "Steps": 5000, "Seed": "none"}
    text = writers.a1111("x <lora:ghost:0.7:0.3> {braces}", "", more)
    open_by_drop(window, qtbot, png(tmp_path / "a.png", parameters=text))
    row = controller.stack.stack.entries[0]
    assert (row.name, row.scale, row.text_scale, row.sha256) == ("ghost", 0.3, 0.7, "0123456789ab")
    assert row.path == f"{tmp_path}/ghost.safetensors"
    told = sentence(window)
    assert "ghost" in told
    assert "v1-5-pruned-emaonly" in told
    assert "5000" in told
    assert "seed" in told
    assert controller.document.document.sampling.steps == DEMO.default_steps
    window.notices.bars[0].action_requested.emit()
    page = window.findChild(ReportPage)
    assert page is not None
    assert page.isVisible()
    labels = " ".join(label.text() for label in page.findChildren(type(window.compare.base._title)))
    assert "ghost" in labels
    assert "Clip skip: 2" in labels
    page.close()


def test_several_files_of_one_name_are_listed(window, controller, qtbot, tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    for folder, source in ((one, "manga"), (two, "birds")):
        folder.mkdir()
        shutil.copy(PATHS[source], folder / "style.safetensors")
        path = str(folder / "x.safetensors")
        controller.stack.add(entry(f"x{folder.name}", path=path))
    text = writers.a1111("x <lora:style:1>")
    open_by_drop(window, qtbot, png(tmp_path / "a.png", parameters=text))
    assert "Not found: style" in sentence(window)


def test_a_picture_of_our_own_is_the_exact_state(window, controller, qtbot, tmp_path):
    sha256 = file_sha256(PATHS["manga"])
    sampling = Sampling(
        prompt="a “cat”, <lora:not a tag:1>\nsecond line {x}", negative_prompt="Steps: 3, b: c",
        seed=2**63 - 1, steps=37, guidance_scale=0.1 + 0.2, sampler="UniPC", width=64, height=256,
    )  # fmt: skip
    stack = AdapterStack(
        entries=(
            entry(
                "manga",
                1 / 3,
                sha256=sha256,
                path="/gone/manga.safetensors",
                text_scale=-0.7,
                block_scales=(("IN04", 1 / 3), ("TE1.01", 0.0)),
            ),
        ),
        master=0.9,
    )
    made = rendered(plain_picture((9, 9, 9)), stack, sampling=sampling)
    open_by_drop(window, qtbot, save(tmp_path / "own.png", made))
    document = controller.document.document
    assert document.sampling == sampling
    assert [
        (a.sha256, a.scale, a.text_scale, a.block_scales) for a in document.stack.applied()
    ] == [(a.sha256, a.scale, a.text_scale, a.block_scales) for a in made.request.adapters]
    assert len(document.stack.entries[0].block_scales) == 2
    assert document.stack.entries[0].path == str(PATHS["manga"])
    assert not [bar for bar in window.notices.bars if "Not found" in bar.sentence]


def test_another_base_is_told_and_never_opened(window, controller, qtbot, tmp_path):
    made = rendered(plain_picture((9, 9, 9)))
    other = msgspec.structs.replace(
        made.request.checkpoint, path="/b/other.safetensors", identity="x"
    )
    request = msgspec.structs.replace(made.request, checkpoint=other)
    open_by_drop(window, qtbot, save(tmp_path / "own.png", made, request=request))
    assert "“other”" in sentence(window)
    assert controller.base.info == DEMO
    assert not controller.base.is_loading


def test_drafts_say_so(window, controller, qtbot, tmp_path):
    made = rendered(plain_picture((9, 9, 9)), is_draft=True)
    open_by_drop(window, qtbot, save(tmp_path / "own.png", made))
    assert "draft" in sentence(window)


def test_pictures_without_a_word_are_one_sentence(window, controller, qtbot, tmp_path):
    before = controller.document.document
    plain = png(tmp_path / "plain.png")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff")
    sheet_words: dict[str, Any] = {SHEET_CHUNK: "[]"}
    sheet = png(tmp_path / "sheet.png", **sheet_words)
    for path in (plain, broken, sheet):
        with qtbot.waitSignal(controller.notice, timeout=20_000):
            drop(window, window.rect().center(), path)
        assert path.name in sentence(window)
    assert "sheet of several" in sentence(window)
    assert controller.document.document == before
    assert not controller.document.undo_stack.canUndo()


def test_previews_among_adapters_are_no_pictures_to_open(window, controller, qtbot, tmp_path):
    picture = png(tmp_path / "style.png", parameters=writers.a1111("x"))
    shutil.copy(PATHS["manga"], tmp_path / "style.safetensors")
    drop(window, window.rect().center(), picture, tmp_path / "style.safetensors")
    qtbot.waitUntil(lambda: len(controller.stack.stack.entries) == 1)
    assert controller.document.document.sampling.prompt != "x"


def test_a_picture_named_at_the_start_waits_for_its_base(qtbot, geometry, controller, tmp_path):
    picture = png(
        tmp_path / "a.png", parameters=writers.a1111("x <lora:manga:1>", "", {"Steps": 33})
    )
    window = MainWindow(controller, geometry)
    qtbot.addWidget(window)
    controller.openings.open_named([str(picture)])
    qtbot.waitUntil(lambda: controller.base.is_loading)
    qtbot.waitUntil(lambda: controller.pictures.opening._waiting is not None, timeout=20_000)
    job = controller.engine.take()
    assert job is not None
    controller.engine.finish(DEMO)
    sampling = controller.document.document.sampling
    assert (sampling.prompt, sampling.steps) == ("x", 33)
    window.close()


def test_open_picture_by_its_action(window, controller, qtbot, tmp_path):
    picture = png(tmp_path / "a.png", parameters=writers.a1111("by hand"))
    window.actions_table["open_picture"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    with qtbot.waitSignal(controller.pictures.opening.opened, timeout=20_000):
        dialog.fileSelected.emit(str(picture))
    assert controller.document.document.sampling.prompt == "by hand"
    dialog.close()


def test_where_a_picture_would_land_is_shown(window, controller, tmp_path):
    controller.stack.add(entry("manga", 0.8))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    pane = window.compare.active
    where = pane.mapTo(window, pane.rect().center())
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(where, action, data, button, none))
    sign = window._drops._sign
    assert sign.isVisible()
    assert "this picture" in sign.accessibleName()
    assert sign.geometry().contains(where)
    assert sign.width() < window.compare.width()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not sign.isVisible()


def test_of_several_pictures_one_is_opened(window, controller, qtbot, tmp_path):
    files = [png(tmp_path / f"{n}.png", parameters=writers.a1111(f"number {n}")) for n in range(2)]
    with qtbot.waitSignal(controller.pictures.opening.opened, timeout=20_000):
        drop(window, window.rect().center(), *files)
    assert controller.document.document.sampling.prompt == "number 0"
    assert any("One picture at a time" in bar.sentence for bar in window.notices.bars)


def test_reading_can_be_stopped(window, controller, qtbot, tmp_path):
    before = controller.document.document
    picture = png(tmp_path / "a.png", parameters=writers.a1111("x"))
    drop(window, window.rect().center(), picture)
    assert controller.stop()
    assert controller._hashing.finish()
    assert controller.document.document == before
    assert not window.notices.bars
