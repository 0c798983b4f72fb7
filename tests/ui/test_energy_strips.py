"""Bars and shares on strips, and the stack's own: they move with the fader, before any picture."""

import math

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.stack_energy import StackEnergy
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.strips.strip_energy import StripEnergy
from tests.ui.fakes import Desk, entry
from tests.ui.weights import add_measured, measure

LEFT = Qt.MouseButton.LeftButton
BROKEN = Failure(FailureKind.REQUEST, "It cannot be read.")


def energy(window: MainWindow, row: int = 0) -> StripEnergy:
    return window.stack_panel.strips.strips()[row].findChildren(StripEnergy)[0]


def shares(window: MainWindow) -> list[str]:
    return [energy(window, i).share for i in range(len(window.stack_panel.strips.strips()))]


def stack_energy(window: MainWindow) -> StackEnergy:
    return window.energies.stack_energy


def percents(window: MainWindow) -> list[int]:
    return [int(one.replace("−", "-").removesuffix(" %")) for one in shares(window)]


def turn() -> None:
    """All that is due, and what that has painted."""
    for _ in range(3):
        QApplication.processEvents()


@pytest.fixture
def two(window: MainWindow, controller: Desk) -> MainWindow:
    add_measured(controller, "manga", "birds")
    return window


def test_equal_rows_have_equal_bars_and_shares(two: MainWindow) -> None:
    assert shares(two) == ["50 %", "50 %"]
    height = math.sqrt(0.1 / 0.15)
    assert energy(two).heights == pytest.approx((height,) * 4)
    assert energy(two, 1).heights == energy(two).heights


def test_a_drag_moves_bars_and_shares_before_any_picture(two: MainWindow, controller: Desk) -> None:
    works = len(controller.works)
    fader = two.stack_panel.strips.strips()[0].findChildren(StrengthSlider)[0]
    seen: list[float] = []
    y = fader.height() // 2
    QTest.mousePress(fader, LEFT, pos=QPoint(round(fader.width() * 0.95), y))
    for share in (0.9, 0.8, 0.56, 0.52):  # clear of the detent at 1
        QTest.mouseMove(fader, QPoint(round(fader.width() * share), y))
        QApplication.processEvents()
        seen.append(energy(two).heights[0])
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 4
    assert controller.stack.is_dragging
    assert controller.engine.running is None, "the engine stands still"
    assert len(controller.works) >= works
    assert percents(two)[0] < 50 < percents(two)[1]
    QTest.mouseRelease(fader, LEFT, pos=QPoint(fader.width() // 2, y))


@pytest.mark.parametrize("strengths", [(1.0, 1.0, 1.0), (0.3, -0.8, 1.7), (2.0, -0.3, 0.05)])
def test_shares_sum_to_all(window: MainWindow, controller: Desk, strengths) -> None:
    add_measured(controller, "a", "b", "c", cosine=0.3)
    for name, scale in zip("abc", strengths, strict=True):
        controller.stack.set_scale(name, scale)
    QApplication.processEvents()
    assert abs(sum(percents(window)) - 100) <= 1  # each is rounded


def test_what_cancels_others_has_a_negative_share_and_says_so(
    two: MainWindow, controller: Desk
) -> None:
    controller.stack.set_scale("birds", -0.2)
    QApplication.processEvents()
    # own 0.04, with the other −0.1: −0.06 of 0.84
    assert shares(two) == ["107 %", "−7 %"]
    widget = energy(two, 1)
    tip = widget.tip_at(QPoint(widget.width() - 2, 4))
    assert tip.startswith("−7 %: it cancels more of the others than it adds")
    assert widget.accessibleName().startswith("Energy: −7 % of the stack, most in ")


@pytest.mark.parametrize("how", ["off", "solo", "all off", "zero"])
def test_rows_that_change_nothing(two: MainWindow, controller: Desk, how: str) -> None:
    before = energy(two).heights
    if how == "off":
        controller.stack.set_enabled("birds", False)
    elif how == "solo":
        controller.stack.set_solo("manga", True)
    elif how == "zero":
        controller.stack.set_scale("birds", 0.0)
    else:
        controller.stack.all_off()
    QApplication.processEvents()
    assert energy(two, 1).heights == ()
    assert shares(two) == (["–", "–"] if how == "all off" else ["100 %", "–"])
    if how != "all off":
        assert energy(two).heights == before, "bars of one scale, whoever else is on"
    controller.document.undo_stack.undo()
    QApplication.processEvents()
    assert shares(two) == ["50 %", "50 %"]


def test_master_text_strength_and_blocks_move_bars(two: MainWindow, controller: Desk) -> None:
    full = energy(two).heights[0]
    controller.stack.set_master(0.25)
    QApplication.processEvents()
    assert energy(two).heights == pytest.approx((full / 2,) * 4), "the root of a quarter"
    controller.stack.set_text_scale("manga", 0.0)
    controller.stack.set_block_scales("manga", {"M00": 4.0})
    QApplication.processEvents()
    # down, middle, up; the text encoder's last
    assert energy(two).heights == pytest.approx((full / 2, full, full / 2, 0.0))


def test_undo_brings_bars_back(two: MainWindow, controller: Desk) -> None:
    before = energy(two).heights
    controller.stack.set_scale("manga", 0.1)
    QApplication.processEvents()
    assert energy(two).heights != before
    controller.document.undo_stack.undo()
    QApplication.processEvents()
    assert energy(two).heights == before


def test_the_active_panes_stack_is_shown(two: MainWindow, controller: Desk) -> None:
    controller.places.activate("base")
    QApplication.processEvents()
    assert not stack_energy(two).isVisible()
    controller.places.activate("current")
    QApplication.processEvents()
    assert shares(two) == ["50 %", "50 %"]
    assert stack_energy(two).isVisible()


def test_rows_that_are_being_measured(two: MainWindow, controller: Desk) -> None:
    before = energy(two).heights
    controller.stack.add(entry("neon"))
    controller.learn("neon", AdapterReport(sha256="neon", matched=("unet.a",)))
    QApplication.processEvents()
    assert shares(two) == ["…", "…", "…"]
    assert energy(two).heights == before, "lengths of the others are known"
    assert energy(two, 2).heights == ()
    assert energy(two, 2).tip_at(QPoint(4, 4)) == "Being measured, once for each adapter."
    assert stack_energy(two).words == "…"
    measure(controller)
    assert percents(two) == [33, 33, 33]


def test_rows_that_cancel_out_share_nothing(window: MainWindow, controller: Desk) -> None:
    """The same adapter in two rows, once turned round."""
    controller.engine.takes_measurements = True
    for name, scale in (("there", 1.0), ("back", -1.0)):
        controller.stack.add(entry(name, scale, sha256="manga"))
    controller.learn("manga", AdapterReport(sha256="manga", matched=("unet.a",)))
    measure(controller, cosine=1.0)
    assert shares(window) == ["–", "–"]
    assert energy(window).heights != ()
    assert stack_energy(window).words == "0 % · ×0.0"
    widget = energy(window)
    assert widget.tip_at(QPoint(widget.width() - 2, 4)).startswith("All rows together cancel out")


def test_rows_that_do_not_fit(two: MainWindow, controller: Desk) -> None:
    controller.stack.add(entry("xl"))
    controller.learn("xl", AdapterReport(sha256="xl", matched=(), unmatched=("a",)))
    measure(controller)
    assert shares(two) == ["50 %", "50 %", "–"]
    assert energy(two, 2).tip_at(QPoint(4, 4)).startswith("It changes no weights now")


def test_what_cannot_be_measured_says_why(window: MainWindow, controller: Desk) -> None:
    controller.engine.takes_measurements = True
    controller.stack.add(entry("manga"))
    controller.learn("manga", AdapterReport(sha256="manga", matched=("unet.a",)))
    measure(controller, BROKEN)
    assert shares(window) == ["–"]
    assert energy(window).tip_at(QPoint(4, 4)).endswith(BROKEN.message)
    assert stack_energy(window).tip_at(QPoint(4, 4)).endswith(BROKEN.message)


def test_lengths_that_are_known_stay_where_another_row_cannot_be_measured(
    two: MainWindow, controller: Desk
) -> None:
    before = energy(two).heights
    controller.stack.add(entry("neon"))
    controller.learn("neon", AdapterReport(sha256="neon", matched=("unet.a",)))
    measure(controller, BROKEN)
    assert shares(two) == ["–", "–", "–"]
    assert energy(two).heights == before
    widget = energy(two)
    assert widget.tip_at(QPoint(widget.width() - 2, 4)) == f"Not measured: {BROKEN.message}"
    assert "of its base weights" in widget.tip_at(QPoint(1, 4))
    controller.stack.set_enabled("neon", False)
    QApplication.processEvents()
    assert shares(two) == ["50 %", "50 %", "–"]


def test_hovering_a_bar_tells_its_block_and_its_number(two: MainWindow, controller: Desk) -> None:
    two.resize(1900, 760)
    two.stack_panel.setMinimumWidth(600)
    QApplication.processEvents()
    controller.stack.set_block_scales("manga", {"M00": 0.5})
    QApplication.processEvents()
    widget = energy(two)
    room = widget.bars_place().width()
    tips = [widget.tip_at(QPoint(x, 10)).splitlines()[0] for x in range(0, room, 2)]
    assert list(dict.fromkeys(tips))[:4] == [
        "IN01, encoder: changed by 10 % of its base weights.",
        "M00, middle: changed by 5.0 % of its base weights.",
        "OUT03, decoder: changed by 10 % of its base weights.",
        "TE1.00, text encoder: changed by 10 % of its base weights.",
    ]
    assert "a full one is 15 %" in widget.tip_at(QPoint(1, 10))


def test_the_stack_tells_how_much_and_in_adapters(two: MainWindow, controller: Desk) -> None:
    whole = stack_energy(two)
    # two of 0.1 with the cosine 0.5: √3
    assert whole.words == "17 % · ×1.7"
    assert whole.accessibleName().startswith("Energy of the stack: 17 % · ×1.7")
    assert "as much as 1.7 of its adapters alone at 1.0" in whole.tip_at(
        QPoint(whole.width() - 2, 4)
    )
    controller.stack.set_scale("birds", -1.0)
    QApplication.processEvents()
    assert whole.words == "10 % · ×1.0"
    controller.stack.all_off()
    QApplication.processEvents()
    assert whole.words == "–"
    assert whole.heights == ()
    assert whole.tip_at(QPoint(4, 4)) == "No row is on. All weights are the base’s."


def test_an_empty_stack_has_no_line(window: MainWindow, controller: Desk) -> None:
    assert not stack_energy(window).isVisible()
    add_measured(controller, "manga")
    assert stack_energy(window).isVisible()
    controller.stack.remove("manga")
    QApplication.processEvents()
    assert not stack_energy(window).isVisible()


def test_a_strip_is_no_taller_for_its_bars(two: MainWindow) -> None:
    widget = energy(two)
    fader = two.stack_panel.strips.strips()[0].findChildren(StrengthSlider)[0]
    row = fader.parentWidget()
    assert row is not None
    assert widget.height() <= row.height()


@pytest.mark.parametrize("width", [260, 300, 340, 600])
def test_the_fader_has_room_at_any_width(two: MainWindow, controller: Desk, width: int) -> None:
    panel = two.stack_panel
    panel.setFixedWidth(width)
    QApplication.processEvents()
    for strip in panel.strips.strips():
        fader = strip.findChildren(StrengthSlider)[0]
        assert fader.width() >= 80
        widget = strip.findChildren(StripEnergy)[0]
        right = widget.mapTo(panel, QPoint(widget.width(), 0)).x()
        assert right <= panel.width()
        if width >= 340:
            assert widget.bars_place().width() >= 40


def test_faders_of_picture_and_text_end_at_one_place(two: MainWindow, controller: Desk) -> None:
    controller.stack.set_text_scale("manga", 0.5)
    QApplication.processEvents()
    strip = two.stack_panel.strips.strips()[0]
    places = {
        (f.mapTo(strip, QPoint(0, 0)).x(), f.width()) for f in strip.findChildren(StrengthSlider)
    }
    assert len(places) == 1


class Paints(QObject):
    """How often each widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[QObject, int] = {}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, StripEnergy | StackEnergy):
            self.counts[watched] = self.counts.get(watched, 0) + 1
        return False


def test_ticks_of_one_turn_are_one_repaint(
    qapp: QApplication, two: MainWindow, controller: Desk
) -> None:
    paints = Paints()
    turn()
    qapp.installEventFilter(paints)
    controller.stack.begin_drag()
    for scale in (0.9, 0.8, 0.7, 0.6):
        controller.stack.set_scale("manga", scale)
    turn()
    controller.stack.end_drag()
    qapp.removeEventFilter(paints)
    assert set(paints.counts) == {energy(two, 0), energy(two, 1), stack_energy(two)}
    assert set(paints.counts.values()) == {1}


def test_rows_whose_bars_and_shares_stay_are_not_painted(
    qapp: QApplication, window: MainWindow, controller: Desk
) -> None:
    names = [f"row {i}" for i in range(30)]
    add_measured(controller, *names, cosine=0.0)
    paints = Paints()
    turn()
    qapp.installEventFilter(paints)
    controller.stack.set_scale("row 1", 1.01)
    turn()
    qapp.removeEventFilter(paints)
    assert set(paints.counts) == {energy(window, 1), stack_energy(window)}


def test_rows_that_are_scrolled_to_have_their_bars(window: MainWindow, controller: Desk) -> None:
    names = [f"row {i}" for i in range(60)]
    add_measured(controller, *names, cosine=0.0)
    far = window.stack_panel.strips.strips()[30]
    assert not far.is_built
    window.stack_panel.go_to_row(30)
    assert far.findChildren(StripEnergy)[0].share == "2 %"


@pytest.mark.parametrize(
    ("count", "words", "zone"),
    [(2, "17 % · ×1.7", "calm"), (3, "24 % · ×2.4", "amber"), (6, "46 % · ×4.6", "red")],
)
def test_zones_are_told_by_word_mark_and_place(
    window: MainWindow, controller: Desk, count: int, words: str, zone: str
) -> None:
    """In units of one adapter n of them with the cosine 0.5 are √(n (n + 1) / 2)."""
    add_measured(controller, *"abcdef"[:count])
    whole = stack_energy(window)
    assert (whole.words, whole.zone and whole.zone.word) == (words, zone)
    assert f", {zone}, " in whole.accessibleName()
    tip = whole.tip_at(QPoint(whole.width() - 2, 4))
    assert tip.splitlines()[1].startswith(f"{zone.capitalize()}: ")
    assert tip.endswith("; other bases differ.")


def test_a_zone_is_entered_and_left_while_dragging(window: MainWindow, controller: Desk) -> None:
    add_measured(controller, "a", "b", "c")
    whole = stack_energy(window)
    controller.stack.begin_drag()
    seen: list[str] = []
    for master in (0.5, 1.0, 2.0, 0.5):
        controller.stack.set_master(master)
        QApplication.processEvents()
        assert whole.zone is not None
        seen.append(whole.zone.word)
    controller.stack.end_drag()
    assert seen == ["calm", "amber", "red", "calm"]


def test_bars_take_the_room_of_a_share_that_does_not_fit(two: MainWindow, controller: Desk) -> None:
    controller.stack.set_text_scale("manga", 0.5)
    two.stack_panel.setFixedWidth(260)
    QApplication.processEvents()
    widget = energy(two)
    assert widget.bars_place().width() in (0, widget.width())
    assert widget.accessibleName().startswith("Energy: ")


def test_drawn_blocks_tell_how_much_each_changes(two: MainWindow, controller: Desk) -> None:
    report = AdapterReport(sha256="manga", matched=("unet.a",), blocks=("IN01", "M00", "OUT03"))
    controller.learn("manga", report)
    two.blocks.open("manga")
    shown = two.blocks.window("manga")
    assert shown is not None
    assert "Energy: 100 %" in shown.drawing.tip("M00").replace("\N{NO-BREAK SPACE}", " ")
    controller.stack.set_block_scales("manga", {"M00": 0.5})
    assert "Energy: 50 %" in shown.drawing.tip("M00").replace("\N{NO-BREAK SPACE}", " ")
    shown.close()
    controller.stack.set_scale("manga", 0.3)
    assert two.blocks.window("manga") is None
