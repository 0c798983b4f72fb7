"""`<lora:…>` typed or pasted into the prompt: rows of the stack, said so, undone in one step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.app.pictures import picture_services
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.pane_edits import activated
from loraviewer.core.resources import demo_adapters
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk
from tests.ui.focus import focused

PATHS = {path.stem: path for path in demo_adapters()}
DEMOS = tuple(DemoAdapter(name, str(path)) for name, path in PATHS.items())


@pytest.fixture
def controller(qapp, tmp_path: Path) -> Iterator[Desk]:
    services = picture_services(lambda: HashCache(tmp_path / "hashes.sqlite"))
    desk = Desk(DEMOS, pictures=services)
    yield desk
    desk.dispose()


def type_prompt(window: MainWindow, qtbot: QtBot, text: str) -> None:
    line = prompt_line(window)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    rest(window, qtbot)


def rest(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window._controller._hashing._receivers, timeout=20_000)


def prompt_line(window: MainWindow) -> QLineEdit:
    window.activateWindow()
    window.prompt_panel.focus_prompt()
    line = focused()
    assert isinstance(line, QLineEdit)
    return line


def rows(controller: Desk) -> list[tuple[str, float, float | None]]:
    return [(row.name, row.scale, row.text_scale) for row in controller.stack.stack.entries]


def said(window: MainWindow) -> list[str]:
    return [bar.sentence for bar in window.notices.bars]


def test_a_typed_tag_becomes_a_row(window: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    type_prompt(window, qtbot, "a girl, <lora:manga:0.8>, in a meadow")
    assert rows(controller) == [("manga", 0.8, None)]
    assert controller.prompt.sampling.prompt == "a girl, in a meadow"
    assert prompt_line(window).text() == "a girl, in a meadow"
    assert controller.stack.stack.entries[0].path == str(PATHS["manga"])
    words = "Taken from the prompt into the stack: manga 0.8; undo gives the tag back."
    assert said(window) == [words]


def test_undo_gives_the_tag_back_and_leaves_it(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    type_prompt(window, qtbot, "a girl <lora:manga:0.8>")
    controller.document.undo_stack.undo()
    rest(window, qtbot)
    assert rows(controller) == []
    assert controller.prompt.sampling.prompt == "a girl <lora:manga:0.8>"
    type_prompt(window, qtbot, "a cat <lora:manga:0.8>")
    assert rows(controller) == []
    controller.document.undo_stack.undo()
    controller.document.undo_stack.redo()
    assert controller.prompt.sampling.prompt == "a cat <lora:manga:0.8>"


def test_several_with_strengths_of_their_own(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    type_prompt(window, qtbot, "<lora:manga:te=0.5:unet=0.9> a girl <lora:birds:0.4:0.2>")
    assert rows(controller) == [("manga", 0.9, 0.5), ("birds", 0.2, 0.4)]
    assert controller.prompt.sampling.prompt == "a girl"
    assert controller.document.undo_stack.undoText() == "Take manga, birds from the prompt"


def test_a_row_of_the_same_file_takes_the_strength(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    type_prompt(window, qtbot, "a girl <lora:manga:0.8>")
    row = controller.stack.stack.entries[0]
    controller.stack.set_enabled(row.entry_id, False)
    type_prompt(window, qtbot, "a girl <lora:manga:1.3>")
    (now,) = controller.stack.stack.entries
    assert (now.entry_id, now.scale, now.is_enabled) == (row.entry_id, 1.3, True)


def test_what_is_nowhere_is_named_and_left(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    type_prompt(window, qtbot, "a girl <lora:nowhere:1> <lora:birds:0.5>")
    assert rows(controller) == [("birds", 0.5, None)]
    assert controller.prompt.sampling.prompt == "a girl <lora:nowhere:1>"
    assert any(
        sentence.startswith("Not found by that name: “nowhere”") for sentence in said(window)
    )


def test_a_part_that_is_not_understood_is_told(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    type_prompt(window, qtbot, "a girl <lora:birds:0.5:hr=2>")
    assert rows(controller) == [("birds", 0.5, None)]
    assert "Not understood in the prompt’s tags: “hr=2” of birds." in said(window)


def test_while_the_base_is_active_it_goes_beside_it(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    document = controller.document.document
    controller.document.install(activated(document, document.base.pane_id))
    type_prompt(window, qtbot, "a girl <lora:manga:0.8>")
    assert rows(controller) == [("manga", 0.8, None)]
    assert not controller.stack.is_base


def test_a_pasted_tag_goes_also_from_what_is_still_typed(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText("a girl <lora:manga:0.8>")
    line = prompt_line(window)
    line.selectAll()
    line.paste()
    window.prompt_panel.commit()
    QTest.keyClicks(line, " in a meadow")  # while the file is looked for
    rest(window, qtbot)
    assert line.text() == "a girl in a meadow"
    window.prompt_panel.commit()
    rest(window, qtbot)
    assert controller.prompt.sampling.prompt == "a girl in a meadow"
    assert rows(controller) == [("manga", 0.8, None)]


def test_who_stops_keeps_the_text(window: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    line = prompt_line(window)
    line.selectAll()
    QTest.keyClicks(line, "<lora:manga:0.8>")
    window.prompt_panel.commit()
    controller.stop()
    rest(window, qtbot)
    assert rows(controller) == []
    assert controller.prompt.sampling.prompt == "<lora:manga:0.8>"
