"""The lamp: what is in the weights, and what a check found."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest

from loraviewer.bridge.rendering.jobs import VerifyJob
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, ModeChoice, WeightCheck
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.theme import SignalColour
from tests.ui.fakes import Desk, entry, plain_picture, rendered


def test_the_lamp_is_green_when_settled_and_red_when_weights_differ(
    window: MainWindow, controller: Desk
) -> None:
    lamp = window.top_bar.lamp
    controller.show("current", is_busy=True)
    assert lamp.signal_shown is None
    controller.show("current", is_busy=False, shown=rendered(plain_picture((9, 9, 9))))
    assert lamp.signal_shown is SignalColour.FINE
    assert lamp.text() == "W = W₀"
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    check(controller, "unet.conv_in.weight")
    assert lamp.signal_shown is SignalColour.ERROR
    assert "unet.conv_in.weight" in lamp.toolTip()
    controller.checks.verify()
    check(controller)
    assert lamp.signal_shown is SignalColour.FINE
    assert lamp.text() == lamp.accessibleName() == "126 weights checked, all exact"


def test_the_lamp_says_how_many_weights_a_check_found_exact_until_they_change(
    window: MainWindow, controller: Desk
) -> None:
    lamp = window.top_bar.lamp
    controller.show("current", shown=rendered(plain_picture((9, 9, 9))))
    controller.checks.verify()
    check(controller)
    assert lamp.text() == "126 weights checked, all exact"
    controller.stack.add(entry("manga"))
    assert lamp.text() == "W = W₀ + 1"
    controller.stop()
    controller.learn("manga", AdapterReport(sha256="manga", matched=("unet.a",)))
    controller.show("current")
    controller.engine.take()  # the report that it asked for
    controller.engine.finish()
    controller.show("current")
    controller.checks.verify()
    check(controller)
    assert lamp.text() == "126 weights checked, all exact"
    controller.show("current", is_busy=True)
    assert lamp.text() == "W = W₀ + 1"


def test_a_check_speaks_of_the_stack_that_was_checked(window: MainWindow, controller: Desk) -> None:
    """A picture that was made before is shown without anything being under way."""
    lamp = window.top_bar.lamp
    stack = AdapterStack(entries=(entry("manga", 0.8),))
    checked = rendered(plain_picture((9, 9, 9)))
    controller.show("current", shown=checked)
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    check(controller)
    assert lamp.text() == "126 weights checked, all exact"
    controller.show("current", shown=rendered(plain_picture((5, 5, 5)), stack))
    assert "checked" not in lamp.text()
    controller.show("current", shown=checked)
    assert lamp.text() == "126 weights checked, all exact"


def test_the_keyboard_is_seen_on_the_lamp(window: MainWindow) -> None:
    lamp = window.top_bar.lamp
    window.activateWindow()
    lamp.setFocus(Qt.FocusReason.TabFocusReason)
    accent = lamp.palette().color(QPalette.ColorRole.Accent)
    assert lamp.grab().toImage().pixelColor(1, lamp.height() // 2) == accent


def test_a_draft_is_neither_green_nor_called_exact(window: MainWindow, controller: Desk) -> None:
    lamp = window.top_bar.lamp
    picture = plain_picture((9, 9, 9))
    controller.stack.add(entry("manga"))
    settled = rendered(picture, controller.stack.stack)
    for draft in (
        rendered(picture, controller.stack.stack, is_draft=True),
        msgspec.structs.replace(settled, fingerprint=""),
    ):
        controller.show("current", is_busy=False, shown=draft)
        assert lamp.signal_shown is None
        assert lamp.text() == "draft of W = W₀ + 1"
        assert "is a draft" in lamp.toolTip()
        controller.show("current", shown=settled)
        assert lamp.signal_shown is SignalColour.FINE
        assert lamp.text() == "W = W₀ + 1"
        assert "is a draft" not in lamp.toolTip()


def test_a_check_that_fails_ends(window: MainWindow, controller: Desk) -> None:
    lamp = window.top_bar.lamp
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    assert lamp.text() == "checking…"
    controller.engine.take()
    controller.engine.finish(Failure(FailureKind.MERGE, "It cannot be read again."))
    assert lamp.text() == "W = W₀"
    assert "exact" not in lamp.text()


def test_the_lamp_says_why_adapters_are_beside_the_weights(window: MainWindow, controller) -> None:
    why = "Its weights are quantised (int8), so adapters are computed beside them."
    modes = (ModeChoice("unet", "unmerged", why), ModeChoice("vae", "merged", "Merged."))
    assert "beside" not in window.top_bar.lamp.toolTip()
    controller.use_checkpoint(msgspec.structs.replace(controller.base.info, merge_modes=modes))
    tip = window.top_bar.lamp.toolTip()
    assert "beside the weights of unet, not merged" in tip
    assert why in tip


def test_a_click_checks_the_stack_whose_picture_is_shown(
    window: MainWindow, controller: Desk
) -> None:
    """Another pane's, or one without an adapter that a strip shows, may be live."""
    stack = AdapterStack(entries=(entry("manga", 0.8),))
    for is_outdated, asked in ((False, stack.applied()), (True, None)):
        shown = rendered(plain_picture((9, 9, 9)), stack)
        controller.show("current", shown=shown, is_outdated=is_outdated)
        QTest.mouseClick(window.top_bar.lamp, Qt.MouseButton.LeftButton)
        job = controller.engine.take()
        assert job is not None
        assert isinstance(job.work, VerifyJob)
        assert job.work.adapters == asked
        controller.engine.finish(WeightCheck(126))


def test_a_check_is_of_the_merge_rule_of_the_picture_that_is_shown(
    window: MainWindow, controller: Desk
) -> None:
    lamp, rule = window.top_bar.lamp, read_rule("ties:0.2")
    stack = AdapterStack(entries=(entry("manga", 0.8),))
    summed = rendered(plain_picture((9, 9, 9)), stack)
    request = msgspec.structs.replace(summed.request, merge_rule=rule)
    ruled = msgspec.structs.replace(summed, request=request)
    controller.show("current", shown=ruled)
    QTest.mouseClick(lamp, Qt.MouseButton.LeftButton)
    job = controller.engine.take()
    assert job is not None
    assert isinstance(job.work, VerifyJob)
    assert (job.work.adapters, job.work.rule) == (stack.applied(), rule)
    controller.engine.finish(WeightCheck(126))
    assert lamp.text() == "126 weights checked, all exact"
    controller.show("current", shown=summed)
    assert "checked" not in lamp.text()


def check(desk: Desk, *differing: str) -> None:
    """The engine answers that it compared 126 weights."""
    job = desk.engine.take()
    assert job is not None
    assert isinstance(job.work, VerifyJob)
    desk.engine.finish(WeightCheck(126, differing))
