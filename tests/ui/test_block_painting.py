"""Painting block strengths: by mouse, by keys, by presets, and what follows from it."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport
from loraviewer.core.settings_file import SettingsFile
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.blocks.block_mark import BlockMark
from loraviewer.ui.strips.blocks.block_window import BlockWindow
from loraviewer.ui.strips.blocks.cell_painting import strength_colours
from loraviewer.ui.widgets.theme import studio_palette
from tests.ui.answers import rest
from tests.ui.fakes import DEMO, Desk, entry
from tests.ui.focus import focused
from tests.ui.test_stack_panel import strip, trigger

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key

UNET = ("TIME", *(f"IN{n:02}" for n in range(12)), "M00", *(f"OUT{n:02}" for n in range(12)), "END")
TEXT = ("TE1.IN", *(f"TE1.{n:02}" for n in range(12)), "TE1.OUT")
SD1 = (*UNET, *TEXT)
OWN = ("IN01", "IN02", "IN04", "IN05", "M00", "OUT03", "OUT04", "OUT05", "TE1.00", "TE1.01")
FLUX = ("IN", *(f"D{n:02}" for n in range(19)), *(f"S{n:02}" for n in range(38)), "OUT")


def use_base(controller: Desk, blocks: Iterable[str], source: str = "/sd1") -> None:
    base = replace(DEMO, source=source, identity=source, blocks=tuple(sorted(blocks)))
    controller.use_checkpoint(base)


def learn(controller: Desk, own: Iterable[str], name: str = "manga") -> None:
    report = AdapterReport(sha256=name, matched=("a",), blocks=tuple(sorted(own)))
    controller.learn(name, report)


def opened(window: MainWindow, name: str = "manga") -> BlockWindow:
    trigger(strip(window), "Block strengths…")
    QApplication.processEvents()
    shown = window.blocks.window(name)
    assert shown is not None
    shown.activateWindow()
    shown.setFocus()
    return shown


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    """One row, whose adapter changes some blocks of an SD 1.5 base; a picture is there."""
    use_base(controller, SD1)
    controller.stack.add(entry("manga", 0.8))
    learn(controller, OWN)
    rest(controller)
    learn(controller, OWN)
    return window


@pytest.fixture
def blocks(studio: MainWindow) -> BlockWindow:
    return opened(studio)


def scales(controller: Desk) -> dict[str, float]:
    return dict(controller.stack.stack.entries[0].block_scales)


def at(shown: BlockWindow, key: str, dx: float = 0.0) -> QPoint:
    return (shown.drawing.place(key).center() + QPointF(dx, 0.0)).toPoint()


def drag(shown: BlockWindow, keys: list[str], button=LEFT, modifiers=None) -> None:
    """From the first to the last, and let go."""
    held = modifiers or Qt.KeyboardModifier.NoModifier
    QTest.mousePress(shown.drawing, button, held, at(shown, keys[0]))
    for key in keys:
        QTest.mouseMove(shown.drawing, at(shown, key, 14.0))
    QTest.mouseRelease(shown.drawing, button, held, at(shown, keys[-1], 14.0))


def choose_brush(shown: BlockWindow, place: int) -> None:
    QTest.mouseClick(shown.brushes.chips[place], LEFT)


def go_to(shown: BlockWindow, key: str) -> None:
    shown.drawing.cell(key).setFocus()
    assert shown.drawing.current == key


def press(shown: BlockWindow, *keys: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(focused(), key, modifiers)


def type_number(shown: BlockWindow, text: str) -> None:
    shown.drawing.editor.selectAll()
    QTest.keyClicks(shown.drawing.editor, text)
    QTest.keyClick(shown.drawing.editor, Key.Key_Return)


# The mouse.


def test_a_drag_paints_all_that_it_comes_over_as_one_step(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    drag(blocks, ["IN04", "IN05"])
    assert scales(controller) == {"IN04": 0.0, "IN05": 0.0}
    assert history.count() == before + 1
    assert history.undoText() == "Block strengths of manga"
    history.undo()
    assert scales(controller) == {}
    assert blocks.drawing.cell("IN04").factor == 1.0, "the drawing follows the history"
    history.redo()
    assert blocks.drawing.cell("IN05").factor == 0.0


def test_a_quick_drag_leaves_out_nothing_on_its_way(blocks, controller):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    QTest.mouseMove(blocks.drawing, at(blocks, "OUT03"))
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "OUT03"))
    assert scales(controller) == dict.fromkeys(["OUT03", "OUT04", "OUT05"], 0.0)


def test_pictures_follow_while_the_brush_is_down(blocks, controller):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    QApplication.processEvents()
    assert controller.stack.is_dragging
    drafts = [w for w in controller.works if isinstance(w, RenderJob) and w.request.is_draft]
    assert drafts
    assert drafts[-1].request.held == "manga"
    assert dict(drafts[-1].request.adapters[0].block_scales) == {"IN04": 0.0, "IN05": 0.0}
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN05"))
    assert not controller.stack.is_dragging
    rest(controller)
    settled = [w for w in controller.works if isinstance(w, RenderJob)][-1].request
    assert not settled.is_draft
    shown = controller.panes.pane("current").shown
    assert shown is not None
    assert shown.request == settled


def test_the_brush_has_the_strength_that_was_chosen_or_typed(blocks, controller):
    choose_brush(blocks, 2)
    drag(blocks, ["IN04", "IN05"])
    assert set(scales(controller).values()) == {0.5}
    number = blocks.brushes.number
    number.selectAll()
    QTest.keyClicks(number, "-3,5")
    QTest.keyClick(number, Key.Key_Return)
    drag(blocks, ["OUT04"])
    assert scales(controller)["OUT04"] == -3.5, "never clamped, and typing chooses it"
    assert "paint -3.5" in blocks.hint


@pytest.mark.parametrize(("button", "modifiers"), [(RIGHT, None), (LEFT, CONTROL)])
def test_the_right_button_and_control_paint_1_again(blocks, controller, button, modifiers):
    controller.stack.set_block_scales("manga", dict.fromkeys(OWN, 0.25))
    drag(blocks, ["IN04", "IN05"], button, modifiers)
    assert not {"IN04", "IN05"} & scales(controller).keys()
    QTest.mouseClick(
        blocks.drawing, button, modifiers or Qt.KeyboardModifier.NoModifier, at(blocks, "M00")
    )
    assert "M00" not in scales(controller)
    assert not blocks.drawing.editor.isVisible()


def test_by_hand_a_block_is_a_fader_with_detents(blocks, controller):
    choose_brush(blocks, -1)
    assert "sideways" in blocks.hint
    history = controller.document.undo_stack
    before = history.count()
    width = blocks.drawing.place("IN04").width()
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    for share in (0.2, 0.4, 0.5):
        QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -width * share))
    assert scales(controller) == {"IN04": 0.5}
    QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -width - 2.0))
    assert scales(controller) == {"IN04": 0.0}, "caught by 0"
    QTest.mouseMove(blocks.drawing, at(blocks, "IN04", -1.5 * width))
    assert scales(controller) == {"IN04": -0.5}, "and on beyond it"
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN04", -1.5 * width))
    assert history.count() == before + 1


def test_escape_takes_a_drag_back_and_closes_nothing(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    assert scales(controller)
    QTest.keyClick(focused(), Key.Key_Escape)
    assert scales(controller) == {}
    assert history.count() == before
    assert blocks.isVisible()
    QTest.mouseRelease(blocks.drawing, LEFT, pos=at(blocks, "IN05"))
    assert scales(controller) == {}
    assert not controller.stack.is_dragging


def test_a_click_types_a_number_that_is_never_clamped(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    editor = blocks.drawing.editor
    assert editor.isVisible()
    assert editor.text() == "1.00"
    assert focused() is editor
    type_number(blocks, "15")
    assert scales(controller) == {"OUT05": 15.0}
    assert not editor.isVisible()
    assert blocks.drawing.current == "OUT05"


def test_what_is_no_number_is_told_and_changes_nothing(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    type_number(blocks, "half")
    assert "“half” is no number" in blocks.said
    assert blocks.drawing.editor.isVisible()
    QTest.keyClick(blocks.drawing.editor, Key.Key_Escape)
    assert scales(controller) == {}
    assert blocks.isVisible()
    assert blocks.said == ""


def test_going_elsewhere_takes_the_number(blocks, controller):
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "OUT05"))
    blocks.drawing.editor.selectAll()
    QTest.keyClicks(blocks.drawing.editor, "0.3")
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    assert scales(controller) == {"OUT05": 0.3}


def test_the_wheel_nudges_the_block_that_has_the_keyboard(blocks, controller):
    history = controller.document.undo_stack
    before = history.count()
    turn(blocks, "IN04", -120)
    assert scales(controller) == {}, "it is not the one with the keyboard"
    go_to(blocks, "IN04")
    turn(blocks, "IN04", -120)
    turn(blocks, "IN04", -240)
    assert scales(controller) == {"IN04": 0.85}
    assert history.count() == before + 1


def turn(shown: BlockWindow, key: str, angle: int) -> None:
    where = QPointF(at(shown, key))
    event = QWheelEvent(
        where, shown.drawing.mapToGlobal(where), QPoint(), QPoint(0, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(shown.drawing, event)


# What cannot be painted, and whole networks.


def test_what_the_adapter_leaves_alone_cannot_be_painted(blocks, controller):
    cell = blocks.drawing.cell("IN03")
    assert not cell.isEnabled()
    assert "changes nothing here" in cell.accessibleName()
    drag(blocks, ["IN02", "IN03", "IN04"])
    assert set(scales(controller)) == {"IN02", "IN04"}
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "IN03"))
    assert not blocks.drawing.editor.isVisible()


def test_all_blocks_of_a_network_at_once(blocks, controller):
    drag(blocks, ["TE1"])
    assert scales(controller) == {"TE1.00": 0.0, "TE1.01": 0.0}
    assert blocks.drawing.cell("TE1").factor == 0.0
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "denoiser"))
    type_number(blocks, "0.5")
    assert {block for block, f in scales(controller).items() if f == 0.5} == set(OWN[:8])
    controller.stack.set_block_scales("manga", {"IN04": 0.5})
    assert blocks.drawing.cell("denoiser").factor is None
    assert "mixed" in blocks.drawing.cell("denoiser").accessibleName()
    QTest.mouseClick(blocks.drawing, LEFT, pos=at(blocks, "denoiser"))
    type_number(blocks, "1")
    assert scales(controller) == {}


def test_a_drag_from_a_block_never_comes_over_a_whole_network(blocks, controller):
    drag(blocks, ["IN01", "denoiser"])
    assert set(scales(controller)) <= {"IN01", "IN02"}


def test_a_nudge_of_a_network_keeps_the_distances(blocks, controller):
    controller.stack.set_block_scales("manga", {"TE1.00": 0.5})
    go_to(blocks, "TE1")
    press(blocks, Key.Key_Down, modifiers=CONTROL)
    assert scales(controller) == {"TE1.00": 0.45, "TE1.01": 0.95}


# Keys.


def test_arrows_go_where_blocks_lie_and_tab_comes_to_one(blocks):
    go_to(blocks, "IN04")
    visited = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_Right, Key.Key_Right):
        press(blocks, key)
        visited.append(blocks.drawing.current)
    assert visited[:2] == ["IN05", "M00"]
    assert visited[-1] is not None
    stops = [
        key for key in (*OWN, "denoiser", "TE1")
        if blocks.drawing.cell(key).focusPolicy() is not Qt.FocusPolicy.NoFocus
    ]  # fmt: skip
    assert stops == [blocks.drawing.current]
    assert "Arrows go" in blocks.hint


def test_keys_set_nudge_and_type(blocks, controller):
    go_to(blocks, "IN04")
    press(blocks, Key.Key_Home)
    assert scales(controller) == {"IN04": 0.0}
    press(blocks, Key.Key_Up, modifiers=CONTROL)
    press(blocks, Key.Key_Down, modifiers=CONTROL | SHIFT)
    assert scales(controller) == {"IN04": 0.04}
    press(blocks, Key.Key_PageUp)
    assert scales(controller) == {"IN04": 0.29}
    press(blocks, Key.Key_Delete)
    assert scales(controller) == {}
    press(blocks, Key.Key_Minus)
    assert blocks.drawing.editor.text() == "-"
    QTest.keyClicks(blocks.drawing.editor, ".5")
    QTest.keyClick(blocks.drawing.editor, Key.Key_Return)
    assert scales(controller) == {"IN04": -0.5}
    press(blocks, Key.Key_Return)
    assert blocks.drawing.editor.isVisible()


def test_a_held_key_is_one_step(blocks, controller):
    go_to(blocks, "IN04")
    history = controller.document.undo_stack
    before = history.count()
    for _ in range(5):
        QTest.keyPress(focused(), Key.Key_Down, CONTROL)
    assert controller.stack.is_dragging
    assert scales(controller) == {"IN04": 0.75}
    assert history.count() == before + 1


def test_shift_and_arrows_paint_as_one_step(blocks, controller):
    go_to(blocks, "OUT05")
    history = controller.document.undo_stack
    before = history.count()
    for _ in range(2):
        QTest.keyPress(focused(), Key.Key_Down, SHIFT)
    QTest.keyRelease(focused(), Key.Key_Shift)
    assert scales(controller) == dict.fromkeys(["OUT03", "OUT04", "OUT05"], 0.0)
    assert history.count() == before + 1
    assert not controller.stack.is_dragging
    go_to(blocks, "IN01")
    press(blocks, Key.Key_Up, modifiers=SHIFT)
    assert blocks.drawing.current == "denoiser"
    assert "M00" not in scales(controller), "a whole network only where the keys were on it"


def test_undo_and_render_have_their_keys_here_too(blocks, controller):
    go_to(blocks, "IN04")
    press(blocks, Key.Key_Home)
    press(blocks, Key.Key_Z, modifiers=CONTROL)
    assert scales(controller) == {}


def test_screen_readers_hear_where_a_block_lies_and_may_move_it(blocks, controller):
    cell = blocks.drawing.cell("IN04")
    name = "IN04: encoder, level 2 of 4, from fine to coarse"
    assert cell.accessibleName() == f"{name}: 1"
    cell.setValue(25)
    assert scales(controller) == {"IN04": 0.25}
    assert cell.accessibleName() == f"{name}: 0.25"
    assert blocks.drawing.tip("IN04") == f"{name} — 0.25"


# Presets and the clipboard.


def choose(shown: BlockWindow, *words: str) -> None:
    menu = shown.presets.menu
    for word in words[:-1]:
        found = next(action.menu() for action in menu.actions() if action.text() == word)
        assert isinstance(found, QMenu)
        menu = found
    action = next(action for action in menu.actions() if action.text() == words[-1])
    assert action.isEnabled()
    action.trigger()


def offered(shown: BlockWindow) -> list[str]:
    return [action.text() for action in shown.presets.menu.actions() if action.text()]


def test_presets_of_a_unet(blocks, controller):
    assert offered(blocks)[:5] == [
        "All blocks at 1",
        "Encoder only",
        "Middle only",
        "Decoder only",
        "Text encoders off",
    ]
    choose(blocks, "Decoder only")
    assert scales(controller) == dict.fromkeys(["IN01", "IN02", "IN04", "IN05", "M00"], 0.0)
    choose(blocks, "Text encoders off")
    assert scales(controller)["TE1.01"] == 0.0
    assert scales(controller)["M00"] == 0.0
    choose(blocks, "All blocks at 1")
    assert scales(controller) == {}
    history = controller.document.undo_stack
    history.undo()
    assert scales(controller)["TE1.00"] == 0.0


def test_a_preset_of_ones_own_survives_in_the_settings(blocks, controller, tmp_path):
    controller.stack.set_block_scales("manga", {"OUT03": 0.0, "TE1.00": 0.25})
    choose(blocks, "Save as a preset…")
    line = blocks.presets.name.line
    assert focused() is line
    QTest.keyClicks(line, "  face &  off ")
    QTest.keyClick(line, Key.Key_Return)
    assert blocks.said == "“face & off” is saved."
    file = tmp_path / "settings.json"
    SettingsFile(file).save(controller.settings.settings)
    kept = SettingsFile(file).load().settings.block_presets
    assert kept == {"face & off": {"OUT03": 0.0, "TE1.00": 0.25}}
    choose(blocks, "All blocks at 1")
    choose(blocks, "face && off")
    assert scales(controller) == {"OUT03": 0.0, "TE1.00": 0.25}


def test_own_presets_are_renamed_replaced_and_deleted(blocks, controller):
    settings = controller.settings
    settings.install(settings.settings.with_block_preset("one", {"M00": 0.5}))
    choose(blocks, "Rename preset", "one")
    assert blocks.presets.name.line.text() == "one"
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Return)
    assert list(settings.settings.block_presets) == ["two"]
    controller.stack.set_block_scales("manga", {"M00": 0.25})
    choose(blocks, "Save as a preset…")
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Return)
    assert settings.settings.block_presets == {"two": {"M00": 0.25}}
    assert blocks.said == "“two” is replaced."
    choose(blocks, "Delete preset", "two")
    assert settings.settings.block_presets == {}
    assert scales(controller) == {"M00": 0.25}
    assert "two" not in offered(blocks)


def test_escape_leaves_the_name_and_the_window_open(blocks, controller):
    controller.stack.set_block_scales("manga", {"M00": 0.25})
    choose(blocks, "Save as a preset…")
    QTest.keyClicks(blocks.presets.name.line, "two")
    QTest.keyClick(blocks.presets.name.line, Key.Key_Escape)
    assert controller.settings.settings.block_presets == {}
    assert blocks.isVisible()
    assert not blocks.presets.name.isVisible()


def test_a_preset_for_another_network_is_refused_in_one_sentence(blocks, controller):
    settings = controller.settings
    settings.install(settings.settings.with_block_preset("flux", {"D03": 0.0, "S07": 0.0}))
    choose(blocks, "flux")
    assert scales(controller) == {}
    assert blocks.said == "“flux” names no block that this adapter changes: it is for D03, S07."


def test_lbw_text_goes_out_and_comes_back(blocks, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.5, "TE1.00": 0.25})
    choose(blocks, "Copy as LBW text")
    text = QGuiApplication.clipboard().text()
    numbers = ["1"] * 26
    numbers[5] = "0.5"
    assert text == f"lbw={','.join(numbers)}:blocks=TE1.00=0.25"
    choose(blocks, "All blocks at 1")
    choose(blocks, "Paste LBW text")
    assert scales(controller) == {"IN04": 0.5, "TE1.00": 0.25}


def test_pasting_says_what_the_adapter_does_not_have(blocks, controller):
    QGuiApplication.clipboard().setText("OUTALL")
    choose(blocks, "Paste LBW text")
    assert scales(controller) == dict.fromkeys(["IN01", "IN02", "IN04", "IN05", "M00"], 0.0)
    assert blocks.said.startswith("The adapter changes nothing in IN00, IN03, ")
    QGuiApplication.clipboard().setText("0," + ",".join(["1"] * 25))
    choose(blocks, "Paste LBW text")
    assert scales(controller) == {"TE1.00": 0.0, "TE1.01": 0.0}


@pytest.mark.parametrize(
    ("text", "told"), [("a cat\n1,2", "“a cat 1,2” is no LBW text"), ("", "no text")]
)
def test_what_is_no_lbw_text_is_refused(blocks, controller, text, told):
    QGuiApplication.clipboard().setText(text)
    choose(blocks, "Paste LBW text")
    assert told in blocks.said
    assert scales(controller) == {}


# What the window follows.


def test_a_removed_row_closes_it_also_while_painting(blocks, controller, studio):
    QTest.mousePress(blocks.drawing, LEFT, pos=at(blocks, "IN04"))
    QTest.mouseMove(blocks.drawing, at(blocks, "IN05"))
    controller.stack.remove("manga")
    QApplication.processEvents()
    assert studio.blocks.window("manga") is None
    assert not controller.stack.is_dragging


def test_one_window_for_each_row_and_its_name_in_the_title(blocks, controller, studio):
    trigger(strip(studio), "Block strengths…")
    assert studio.blocks.window("manga") is blocks
    assert blocks.windowTitle() == "Block strengths of manga"
    assert not blocks.isModal()


def test_another_base_shows_its_own_blocks(blocks, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.5})
    use_base(controller, FLUX, "/flux")
    assert blocks.nothing == "The adapter has not been compared with a base yet."
    assert not blocks.brushes.isVisible()
    learn(controller, ["D00", "D18", "S00", "S37"])
    assert blocks.nothing == ""
    assert blocks.drawing.own_blocks == ("D00", "D18", "S00", "S37")
    assert blocks.note == "Also set, without effect on this base: IN04."
    assert "Single blocks only" in offered(blocks)
    drag(blocks, ["S00"])
    assert scales(controller) == {"IN04": 0.5, "S00": 0.0}, "nothing of the other base is lost"
    choose(blocks, "Double blocks only")
    assert scales(controller)["S37"] == 0.0
    assert "D18" not in scales(controller)


def test_blocks_of_a_transformer_never_lie_on_each_other(blocks, controller):
    use_base(controller, (*FLUX, *TEXT, "noise_refiner.00", "noise_refiner.01"), "/flux")
    learn(controller, FLUX)
    assert_apart(blocks)
    title = blocks.drawing.cell("S37").title
    assert title == "S37: single blocks, 38 of 38"
    with pytest.raises(KeyError):
        blocks.drawing.cell("TE1.00")  # it leaves the text encoder alone


@pytest.mark.parametrize("base", [SD1, [b for b in SD1 if b[-2:] not in ("02", "05", "08", "11")]])
def test_nor_do_those_of_a_unet(blocks, controller, base):
    use_base(controller, base, "/another")
    learn(controller, base)
    assert_apart(blocks)


def assert_apart(shown: BlockWindow) -> None:
    places = list(shown.drawing.plan.places().items())
    inside = shown.drawing.rect().toRectF()
    for index, (key, place) in enumerate(places):
        assert inside.contains(place), key
        clashes = [other for other, its in places[index + 1 :] if place.intersects(its)]
        assert not clashes, key


def test_what_a_unet_hands_across_lies_on_one_line(blocks):
    """As in the code of its authors: OUT11 takes what IN00 gave, OUT00 what IN11 gave."""
    for number in range(12):
        left = blocks.drawing.place(f"IN{number:02}").center()
        right = blocks.drawing.place(f"OUT{11 - number:02}").center()
        assert left.y() == right.y()
        assert left.x() < right.x()


def test_a_failed_adapter_says_why_there_is_nothing(blocks, controller):
    controller.learn("manga", Failure(FailureKind.ADAPTER, "It holds no adapter."))
    assert blocks.nothing == "It holds no adapter."


def test_a_row_that_is_off_says_so(blocks, controller):
    assert blocks.note == ""
    controller.stack.set_enabled("manga", False)
    assert blocks.note == "The row is off; switch it on to see its strengths."


def test_another_pane_without_the_row_closes_it(blocks, controller, studio):
    controller.places.activate("base")
    QApplication.processEvents()
    assert studio.blocks.window("manga") is None


# The mark on the strip.


def mark(window: MainWindow) -> BlockMark | None:
    found = strip(window).findChildren(BlockMark)
    return next((m for m in found if m.isVisible()), None)


def test_the_mark_is_there_while_a_block_is_not_at_1(studio, controller):
    assert mark(studio) is None
    controller.stack.set_block_scales("manga", {"OUT03": 0.5, "IN04": 0.0})
    shown = mark(studio)
    assert shown is not None
    assert shown.toolTip() == "Block strengths: IN04 0, OUT03 0.5"
    assert shown.accessibleName() == shown.toolTip()
    controller.document.undo_stack.undo()
    assert mark(studio) is None


def test_the_mark_opens_the_drawing_by_click_and_key(studio, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.0})
    shown = mark(studio)
    assert shown is not None
    QTest.mouseClick(shown, LEFT)
    opened_one = studio.blocks.window("manga")
    assert opened_one is not None
    opened_one.close()
    QTest.keyClick(shown, Key.Key_Return)
    assert studio.blocks.window("manga") is not None
    assert shown in strip(studio).tab_chain()


def test_the_menu_of_the_row_clears_all_of_it_in_one_step(studio, controller):
    controller.stack.set_block_scales("manga", {"IN04": 0.0, "IN05": 0.5})
    trigger(strip(studio), "All blocks at 1")
    assert scales(controller) == {}
    controller.document.undo_stack.undo()
    assert scales(controller) == {"IN04": 0.0, "IN05": 0.5}


def test_one_button_puts_all_at_1_also_what_is_elsewhere(blocks, controller):
    assert not blocks.all_at_1.isEnabled()
    controller.stack.set_block_scales("manga", {"IN04": 0.0, "D03": 0.5})
    QTest.mouseClick(blocks.all_at_1, LEFT)
    assert scales(controller) == {}


# How it looks.


def colour(shown: BlockWindow, key: str, share: float, below: float = 0.5) -> QColor:
    """At a share of a block's width and height."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    image = shown.drawing.grab().toImage()
    place, ratio = shown.drawing.place(key), image.devicePixelRatio()
    x = place.left() + share * place.width()
    y = place.top() + below * place.height()
    return image.pixelColor(round(x * ratio), round(y * ratio))


def test_a_block_is_filled_up_to_its_strength(blocks, controller):
    controller.stack.set_block_scales(
        "manga", {"IN04": 0.5, "IN05": -0.5, "OUT04": 2.0, "OUT05": 0.0}
    )
    empty = blocks.palette().color(QPalette.ColorRole.Base)
    edge = 0.15  # above the words
    assert colour(blocks, "IN04", 0.25, edge) != empty
    assert colour(blocks, "IN04", 0.75, edge) == empty
    assert colour(blocks, "IN05", 0.25, edge) == empty
    negative = colour(blocks, "IN05", 0.75, edge)
    assert abs(negative.hue() - colour(blocks, "IN04", 0.25, edge).hue()) > 100
    assert colour(blocks, "OUT05", 0.5, edge) == empty
    assert (
        colour(blocks, "OUT04", 0.5, edge).saturation()
        > colour(blocks, "M00", 0.5, edge).saturation()
    )


def test_energies_are_a_thin_line_as_long_as_their_share(blocks):
    plain = colour(blocks, "IN04", 0.4, 0.9)
    blocks.show_energies({"IN04": 0.5, "OUT05": 1.0})
    assert colour(blocks, "IN04", 0.4, 0.9) != plain
    assert colour(blocks, "IN04", 0.8, 0.9) == plain
    assert colour(blocks, "OUT05", 0.8, 0.9) == colour(blocks, "IN04", 0.4, 0.9)
    assert "Energy: 50 %" in blocks.drawing.tip("IN04").replace(" ", " ")
    blocks.show_energies({})
    assert colour(blocks, "IN04", 0.4, 0.9) == plain


def test_words_stay_legible_on_every_strength():
    for is_dark in (False, True):
        palette = studio_palette(is_dark)
        text = palette.color(QPalette.ColorRole.Text)
        for factor in (1.0, -1.0):
            for ground in strength_colours(palette, factor):
                assert contrast(text, ground) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG 2 has it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
