"""A studio with a row whose blocks are drawn, and the ways in which tests touch them."""

from collections.abc import Iterable

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.blocks.block_window import BlockWindow
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


def row_of_blocks(controller: Desk) -> None:
    """One row, whose adapter changes some blocks of an SD 1.5 base; a picture is there."""
    use_base(controller, SD1)
    controller.stack.add(entry("manga", 0.8))
    learn(controller, OWN)
    rest(controller)
    learn(controller, OWN)


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


def turn(shown: BlockWindow, key: str, angle: int) -> None:
    where = QPointF(at(shown, key))
    event = QWheelEvent(
        where, shown.drawing.mapToGlobal(where), QPoint(), QPoint(0, angle),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(shown.drawing, event)


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
