"""What the active pane would show with a file of the library."""

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import CellJob, ReportJob
from loraviewer.core.outcome import Failure, FailureKind, Rendered, Timings
from loraviewer.core.reports import AdapterReport
from loraviewer.core.request import GenerationRequest
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, plain_picture
from tests.ui.library.shown_library import centre_of, entry_of, press, select, view

MISFIT = "None of its modules fit this base."


def matched(desk: Desk, *, fits: bool = True) -> None:
    """The engine has answered what was asked about adapters."""
    job = desk.engine.take()
    assert job is not None
    assert isinstance(job.work, ReportJob)
    names = ("unet.a",)
    report = AdapterReport(sha256=job.work.sha256, matched=names if fits else ())
    misfit = Failure(FailureKind.ADAPTER, MISFIT)
    desk.engine.finish(report if fits else misfit)


def asked(desk: Desk) -> GenerationRequest:
    job = desk.engine.take()
    assert job is not None
    assert isinstance(job.work, CellJob)
    return job.work.request


def made(request: GenerationRequest) -> Rendered:
    return Rendered(request, plain_picture((9, 99, 9)), Timings(1.0, 1.0, 1.0, 1.0), "f" * 64)


def start(window: MainWindow, desk: Desk, qtbot: QtBot, name: str = "birds") -> None:
    select(window, name)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: any(isinstance(w, ReportJob) for w in desk.works))


def test_space_asks_for_a_quick_picture_with_it_and_shows_it(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    card = library.library.dock.card
    assert card.isHidden()
    start(library, controller, qtbot)
    assert card.isVisible()
    matched(controller)
    qtbot.waitUntil(lambda: any(isinstance(w, CellJob) for w in controller.works))
    request = asked(controller)
    assert [(a.sha256, a.scale) for a in request.adapters] == [("sha-birds", 1.0)]
    assert request.sampling.steps == controller.settings.settings.draft_steps
    assert card.picture.image.isNull()
    controller.engine.finish(made(request))
    assert not card.picture.image.isNull()
    assert controller.stack.stack.entries == ()
    assert not controller.document.undo_stack.canUndo()


def test_space_again_ends_it(library: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    start(library, controller, qtbot)
    press(library, Qt.Key.Key_Space)
    assert library.library.dock.card.isHidden()
    assert not library.library.dock.foot.preview.isChecked()


def test_it_follows_the_row_and_ends_with_the_library(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    start(library, controller, qtbot)
    press(library, Qt.Key.Key_Down)

    def is_next() -> bool:
        preview = controller.library.preview.preview
        return preview is not None and preview.entry.name == "manga"

    qtbot.waitUntil(is_next)
    library.actions_table["library"].trigger()
    assert controller.library.preview.preview is None


def test_what_does_not_fit_says_so(library: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    start(library, controller, qtbot)
    matched(controller, fits=False)
    qtbot.waitUntil(lambda: library.library.dock.card.words == MISFIT)
    assert not any(isinstance(w, CellJob) for w in controller.works)


def test_its_button_adds_it(library: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    start(library, controller, qtbot)
    QTest.mouseClick(library.library.dock.card.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [row.name for row in controller.stack.stack.entries] == ["birds"])


def test_another_prompt_is_another_picture(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    start(library, controller, qtbot)
    matched(controller)
    qtbot.waitUntil(lambda: any(isinstance(w, CellJob) for w in controller.works))
    first = asked(controller)
    controller.engine.finish(made(first))
    controller.settings.change(is_live=False)
    controller.prompt.change(seed=77)
    preview = controller.library.preview.preview
    assert preview is not None
    assert preview.picture is None


def rest_on(window: MainWindow, name: str) -> None:
    """The mouse, from elsewhere."""
    files = view(window).viewport()
    where = centre_of(window, name)
    QTest.mouseMove(files, where + QPoint(1, 1))
    QTest.mouseMove(files, where)


def looked_at(desk: Desk) -> str:
    preview = desk.library.preview.preview
    return "" if preview is None else preview.entry.name


def test_what_the_mouse_rests_on_is_previewed_where_that_is_wanted(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    hover = library.library.follow.hover
    rest_on(library, "birds")
    assert not hover.isActive()
    entry_of(library.library.more_menu, "Preview what the mouse rests on").trigger()
    assert controller.settings.settings.previews_hovered
    rest_on(library, "manga")
    qtbot.waitUntil(lambda: looked_at(controller) == "manga")
    assert not library.library.dock.foot.preview.isChecked()
    rest_on(library, "birds")
    assert looked_at(controller) == ""
    qtbot.waitUntil(lambda: looked_at(controller) == "birds")
    QApplication.sendEvent(view(library), QEvent(QEvent.Type.Leave))
    assert looked_at(controller) == ""
    rest_on(library, "manga")
    controller.settings.change(previews_hovered=False)
    assert not hover.isActive()


def test_it_does_not_begin_while_a_picture_is_wanted(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.settings.change(previews_hovered=True)
    controller.prompt.change(seed=77)
    hover = library.library.follow.hover
    with qtbot.waitSignal(hover.timeout, timeout=5_000):
        rest_on(library, "manga")
    assert looked_at(controller) == ""
    assert hover.isActive()


def test_the_keyboard_goes_before_the_mouse(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.settings.change(previews_hovered=True)
    start(library, controller, qtbot)
    rest_on(library, "manga")
    assert not library.library.follow.hover.isActive()
    assert looked_at(controller) == "birds"
