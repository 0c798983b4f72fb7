"""What the filmstrip lists, and when it is shown."""

import msgspec

from loraviewer.core.outcome import Rendered
from loraviewer.pictures.store import PictureStore
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, plain_picture, rendered
from tests.ui.filmstrip.shown_strip import (
    GREEN,
    RED,
    ROWS,
    click,
    headings,
    listed,
    made,
    seeds,
    seen_over_pane,
)


def test_finished_pictures_come_newest_first_and_once(strip, controller):
    assert seeds(controller) == [30, 20, 10]
    controller.store.pictures.keep(made(20, GREEN), ROWS)
    assert seeds(controller) == [30, 20, 10]


def test_what_the_engine_finishes_comes_into_the_strip(open_window, controller, qtbot):
    open_window()
    controller.render()

    def is_answered() -> bool:
        """Once the store has been looked through, the engine is asked."""
        while (job := controller.engine.take()) is not None:
            request = getattr(job.work, "request", None)
            controller.engine.finish(None if request is None else made_of(request))
        return bool(listed(controller))

    qtbot.waitUntil(is_answered)
    assert set(seeds(controller)) == {7}


def made_of(request) -> Rendered:
    return msgspec.structs.replace(rendered(plain_picture(RED)), request=request)


def test_earlier_pictures_follow_under_their_days(yesterday, open_window, controller, qtbot):
    open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    words = headings(controller)
    assert words[0] == "Yesterday"
    assert len(words) == 2
    controller.store.pictures.keep(made(5), ROWS)
    assert seeds(controller) == [5, 2, 1]


def test_an_earlier_picture_that_is_shown_again_moves_to_the_front(
    yesterday, open_window, controller, qtbot
):
    open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    controller.store.pictures.keep(yesterday[0], ROWS)
    assert seeds(controller) == [1, 2]
    assert headings(controller) == ["Yesterday"]


def test_many_earlier_pictures_come_as_one_scrolls(folder, open_window, controller, qtbot):
    store = PictureStore(folder, 1 << 30, "another", clock=iter(range(1_000, 2_000)).__next__)
    for seed in range(130):
        store.keep(made(seed), ROWS)
    window = open_window()
    qtbot.waitUntil(lambda: len(listed(controller)) == 60)
    bar = window.filmstrip.view.horizontalScrollBar()
    qtbot.waitUntil(lambda: scrolled(bar) and len(listed(controller)) == 130)
    assert seeds(controller) == list(reversed(range(130)))


def scrolled(bar) -> bool:
    bar.setValue(0)
    bar.setValue(bar.maximum())
    return True


def test_it_is_shown_where_there_is_room_until_somebody_says_otherwise(strip, controller):
    view, action = strip.filmstrip.view, strip.actions_table["filmstrip"]
    assert view.isVisible()
    assert action.isChecked()
    strip.resize(1200, 700)
    assert not view.isVisible()
    action.trigger()
    assert view.isVisible()
    assert controller.settings.settings.filmstrip == "on"
    strip.resize(1300, 860)
    action.trigger()
    assert not view.isVisible()
    assert controller.settings.settings.filmstrip == "off"


def test_without_a_store_the_pictures_of_the_session_are_there(qtbot, geometry):
    desk = Desk()
    window = MainWindow(desk, geometry)
    qtbot.addWidget(window)
    window.resize(1300, 860)
    window.show()
    desk.use_checkpoint()
    desk.store.pictures.keep(made(10), ROWS)
    window.filmstrip.view.take_focus()
    click(window, 10)
    assert seen_over_pane(window) == 10
    assert not next(a for a in actions(window, desk) if "Star" in a).startswith("+")
    window.close()
    desk.dispose()


def actions(window: MainWindow, desk: Desk) -> list[str]:
    menu = window.filmstrip.menu(listed(desk)[0])
    words = [f"{'+' if one.isEnabled() else ''}{one.text()}" for one in menu.actions()]
    menu.deleteLater()
    return words
