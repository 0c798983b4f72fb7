"""File > Examples: the whole scene at once, on the demo, taken back in one step."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.examples import EXAMPLES, Example
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import DEMO, DEMO_PATH, Desk, entry

NAMES = sorted({row.adapter for example in EXAMPLES for row in example.rows})


@pytest.fixture
def controller(qapp) -> Iterator[Desk]:
    desk = Desk(tuple(DemoAdapter(name, f"/demo/{name}.safetensors") for name in NAMES))
    yield desk
    desk.dispose()


def _choose(window: MainWindow, name: str) -> None:
    actions = {action.text(): action for action in window.examples_menu.actions()}
    actions[name].trigger()


def _shown(desk: Desk) -> tuple[str, int, list[tuple[str, float, bool]]]:
    rows = [(e.name, e.scale, e.is_enabled) for e in desk.stack.stack.entries]
    return desk.prompt.sampling.prompt, desk.prompt.sampling.seed, rows


def _wanted(example: Example) -> tuple[str, int, list[tuple[str, float, bool]]]:
    rows = [(row.adapter, row.strength, row.is_on) for row in example.rows]
    return example.prompt, example.seed, rows


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_shown_whole(
    controller: Desk, window: MainWindow, qtbot: QtBot, example
) -> None:
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, example.name)
    assert _shown(controller) == _wanted(example)
    assert window.guide.isVisible()
    assert window.guide.sentence == example.look_for


def test_it_is_taken_back_in_one_step(controller: Desk, window: MainWindow, qtbot: QtBot) -> None:
    controller.prompt.change(prompt="a green cat")
    controller.stack.add(entry("mine", 0.3))
    before = controller.document.document
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, "Two that compose")
    controller.document.undo_stack.undo()
    assert controller.document.document == before
    controller.document.undo_stack.redo()
    assert _shown(controller) == _wanted(EXAMPLES[2])


def test_another_base_gives_way_to_the_demo(
    controller: Desk, window: MainWindow, qtbot: QtBot
) -> None:
    controller.use_checkpoint(replace(DEMO, source="/other", identity="e" * 64))
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, "Two that fight")
    loads = [work.path for work in controller.works if isinstance(work, LoadJob)]
    assert loads == [DEMO_PATH]


def test_the_demo_is_not_loaded_again(controller: Desk, window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, "Two that fight")
    assert not any(isinstance(work, LoadJob) for work in controller.works)


def test_the_menu_says_what_to_look_for(window: MainWindow) -> None:
    file_menu = next(a.menu() for a in window.menuBar().actions() if a.text() == "&File")
    assert isinstance(file_menu, QMenu)
    assert window.examples_menu.menuAction() in file_menu.actions()
    tips = {action.text(): action.toolTip() for action in window.examples_menu.actions()}
    for example in EXAMPLES:
        assert tips[example.name] == example.look_for


def test_the_sentence_stays_while_new_seeds_are_taken(
    controller: Desk, window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, "A strong bias")
    bar = window.guide
    button = next(b for b in bar.buttons() if b.text() == "New seed")
    seeds = []
    for _ in range(3):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        seeds.append(controller.prompt.sampling.seed)
    assert len(set(seeds)) == 3
    assert bar.isVisible()


def test_a_scene_is_asked_as_it_was_prepared(
    controller: Desk, window: MainWindow, qtbot: QtBot
) -> None:
    controller.prompt.change(guidance_scale=3.25, steps=20, negative_prompt="sand", width=192)
    with qtbot.waitSignal(controller.examples.opened):
        _choose(window, "Two that compose")
    assert controller.prompt.sampling == EXAMPLES[2].sampling
