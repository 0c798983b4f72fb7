"""Whatever the screen is like: nothing of the window is cut, or it can be scrolled to."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.shortcuts_page import ShortcutsPage
from tests.ui.fakes import Desk, entry

# What a frame and a panel leave of 1024×768, 1280×800, and 1440×900 at 200 %.
SIZES = [(1008, 720), (1264, 752), (704, 402)]
FIELDS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)


@pytest.fixture
def full(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds", "neon", "night"):
        controller.stack.add(entry(name, 0.5))
    plan = MemoryPlan(
        policy="resident", touched_bytes=5, kept_bytes=500_000_000, held_budget=0, sentence="Keeps."
    )
    controller.status.change(
        device="cuda", dtype="bfloat16", memory_bytes=12_300_000_000, merge_ms=12_345.0,
        denoise_ms=123_456.0, activity="reading 123 of 456 files", memory=plan,
    )  # fmt: skip
    return window


def outer(window: MainWindow) -> QScrollArea:
    area = window.centralWidget()
    assert isinstance(area, QScrollArea)
    return area


def cut(window: MainWindow) -> list[str]:
    """Fields that are partly outside, or smaller than they need; rows of the stack scroll."""
    inside = QRect(QPoint(), window.size())
    fields = [w for kind in FIELDS for w in window.findChildren(kind) if w.isVisible()]
    own = [w for w in fields if not window.stack_panel.strips.isAncestorOf(w)]
    return [
        w.accessibleName() or type(w).__name__
        for w in own
        if not inside.contains(QRect(w.mapTo(window, QPoint()), w.size()))
        or w.width() < min(w.minimumSizeHint().width(), w.maximumWidth())
    ]


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_fits(full: MainWindow, size: tuple[int, int]) -> None:
    full.resize(*size)
    QApplication.processEvents()
    assert (full.width(), full.height()) == size
    bars = outer(full).verticalScrollBar(), outer(full).horizontalScrollBar()
    assert [bar.maximum() for bar in bars] == [0, 0]
    assert cut(full) == []
    panes = full.compare.base, full.compare.active
    assert panes[0].view.size() == panes[1].view.size()
    assert full.stack_panel.strips.visibleRegion().boundingRect().height() >= 60
    status = full.status_line
    assert status.mapTo(full, QPoint(0, status.height())).y() <= full.height()


def test_texts_share_a_line_only_where_it_is_low_and_narrow(full: MainWindow) -> None:
    def lines() -> int:
        words = full.prompt_panel.findChildren(QLineEdit)
        wanted = [w for w in words if w.accessibleName() in ("Prompt", "Without")]
        return len({w.y() for w in wanted})

    found = []
    for size in ((704, 402), (704, 800), (1440, 402)):
        full.resize(*size)
        QApplication.processEvents()
        found.append(lines())
    assert found == [1, 2, 2]


def test_what_has_no_room_is_scrolled_to(full: MainWindow, controller: Desk) -> None:
    full.activateWindow()
    full.resize(400, 300)
    QApplication.processEvents()
    size = next(w for w in full.findChildren(QComboBox) if w.accessibleName() == "Size")
    size.setFocus()
    assert not size.visibleRegion().isEmpty()


def test_the_page_of_shortcuts_scrolls_by_key(full: MainWindow) -> None:
    full.actions_table["shortcuts"].trigger()
    page = full.findChild(ShortcutsPage)
    assert page is not None
    room = page.screen().availableGeometry()
    assert page.height() <= room.height()
    assert page.width() <= room.width()
    area = page.findChild(QScrollArea)
    assert area is not None
    assert area.horizontalScrollBar().maximum() == 0
    page.resize(400, 300)
    QApplication.processEvents()
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0
    area.setFocus()
    QTest.keyClick(area, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    page.close()


def test_nothing_in_the_window_takes_dropped_files_for_text(full: MainWindow) -> None:
    takers = [w for w in full.findChildren(QWidget) if w.acceptDrops() and w.isVisible()]
    assert takers == []


@pytest.mark.parametrize("size", SIZES)
def test_sentences_take_their_room_from_the_pictures(full: MainWindow, size, qtbot) -> None:
    full.resize(*size)
    QTest.qWait(1)
    assert not outer(full).verticalScrollBar().isVisible()
    full.guide.say("Take new seeds.")
    QTest.qWait(1)
    content = outer(full).widget()
    assert content is not None
    pane = full.compare.active
    assert not pane.visibleRegion().isEmpty()
    assert pane.height() >= pane.minimumSizeHint().height()
    assert content.height() <= full.height() + full.guide.height()
    # Side by side as before, not one above the other.
    base = full.compare.base
    assert base.mapTo(full, QPoint()).y() == pane.mapTo(full, QPoint()).y()


def places(window: MainWindow) -> dict[str, QRect]:
    """Where everything is that can be aimed at, and both pictures."""
    fields = [w for kind in FIELDS for w in window.findChildren(kind) if w.isVisible()]
    own = [w for w in fields if not window.notices.isAncestorOf(w)]
    seen = [*own, window.compare.base.view, window.compare.active.view]
    return {
        f"{i} {w.accessibleName()}": QRect(w.mapTo(window, QPoint()), w.size())
        for i, w in enumerate(seen)
    }


def in_window(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


@pytest.mark.parametrize("size", SIZES)
def test_sentences_move_nothing(full: MainWindow, controller: Desk, size, qtbot) -> None:
    full.resize(*size)
    QTest.qWait(1)
    before = places(full)
    for i in range(4):
        words = f"“{i}.safetensors” is damaged. " * 6
        controller.notice.emit(Failure(FailureKind.FILE, words, "all of it"))
    QTest.qWait(1)
    assert places(full) == before
    assert outer(full).verticalScrollBar().maximum() == 0
    newest, *_ = full.notices.bars
    assert newest.isVisible()
    pictures = in_window(full, full.compare).adjusted(0, 0, 0, 2)
    for bar in (bar for bar in full.notices.bars if bar.isVisible()):
        assert pictures.contains(in_window(full, bar))
        assert not in_window(full, bar).intersects(in_window(full, full.compare.peek))
        close = bar.buttons()[-1]
        assert in_window(full, bar).contains(in_window(full, close))
        assert close.width() >= close.minimumSizeHint().width()


def test_what_had_no_room_is_shown_once_a_newer_one_is_gone(full: MainWindow, qtbot) -> None:
    full.resize(704, 402)
    for i in range(3):
        full.notices.say(Failure(FailureKind.FILE, f"“{i}.safetensors” is damaged. " * 6, "all"))
    QTest.qWait(1)
    assert [bar.isVisible() for bar in full.notices.bars] == [True, False, False]
    full.notices.bars[0].dismiss()
    assert full.notices.bars[0].isVisible()


def test_the_note_has_its_room_before_it_is_long(full: MainWindow, qtbot) -> None:
    full.resize(1264, 752)
    QTest.qWait(1)
    before = places(full)
    note = full.prompt_panel.note
    one_line = note.fontMetrics().height()
    for words in (
        "Short.",
        ("Words that are not known to anybody. " * 4).strip(),
        ("All of it. " * 200).strip(),
        "",
    ):
        note.set_text(words)
        QTest.qWait(1)
        assert places(full) == before
        assert note.accessibleName() == words
        assert bool(note.toolTip()) == (len(words) > 1000), words
        assert note.height() >= 2 * one_line


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_while_a_base_is_loading(full: MainWindow, controller, size, qtbot) -> None:
    full.resize(*size)
    controller.base.open("/models/painter")
    QTest.qWait(1)
    cancel = full.top_bar.cancel
    assert cancel.isVisible()
    assert cancel.width() >= cancel.sizeHint().width()
    assert cut(full) == []
    controller.stop()


@pytest.mark.parametrize("size", SIZES)
def test_what_to_look_for_is_never_cut(full: MainWindow, size, qtbot) -> None:
    full.resize(*size)
    full.guide.say("The sky turns green where the prompt speaks of water; take new seeds. " * 2)
    QTest.qWait(1)
    assert full.guide.height() >= full.guide.heightForWidth(full.guide.width())
    for button in (b for b in full.guide.buttons() if b.isVisible()):
        assert button.width() >= button.sizeHint().width()
    assert not in_window(full, full.guide).intersects(in_window(full, full.compare))
