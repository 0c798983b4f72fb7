"""The cross-fade: on its way between two pictures, and exactly the second at its end."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QProxyStyle, QStyle
from pytestqt.qtbot import QtBot

from loraviewer.bridge.presenter.stage_pictures import StagePicture
from loraviewer.ui.presenter.fading_picture import FadingPicture
from loraviewer.ui.presenter.sentence_band import SentenceBand
from tests.ui.fakes import plain_picture, rendered

RED, BLUE = (
    StagePicture(name, rendered(plain_picture(colour)))
    for name, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200)))
)


class _Moving(QProxyStyle):
    """A desktop on which things move, or none do."""

    def __init__(self, duration_ms: int) -> None:
        super().__init__("Fusion")
        self._duration_ms = duration_ms

    def styleHint(self, hint, *rest):
        if hint == QStyle.StyleHint.SH_Widget_Animation_Duration:
            return self._duration_ms
        return super().styleHint(hint, *rest)


@pytest.fixture
def view(qtbot: QtBot) -> FadingPicture:
    shown = FadingPicture()
    style = _Moving(200)
    style.setParent(shown)
    shown.setStyle(style)
    qtbot.addWidget(shown)
    shown.resize(200, 220)
    shown.show()
    shown.show_picture(RED, fades=True)
    return shown


def middle(view: FadingPicture) -> tuple[int, int, int]:
    image = view.grab().toImage()
    ratio = image.devicePixelRatio()
    pixel = image.pixelColor((view.picture_rect().center() * ratio).toPoint())
    return pixel.red(), pixel.green(), pixel.blue()


def test_the_first_picture_is_there_at_once(view: FadingPicture) -> None:
    assert not view.is_fading
    assert middle(view) == (200, 0, 0)


def test_a_fade_ends_in_exactly_the_second(view: FadingPicture, qtbot: QtBot) -> None:
    view.show_picture(BLUE, fades=True)
    assert view.is_fading
    view._fade.pause()
    view._fade.setCurrentTime(view._fade.duration() // 2)
    red, _, blue = middle(view)
    assert 60 < red < 140
    assert 60 < blue < 140
    view._fade.resume()
    qtbot.waitUntil(lambda: not view.is_fading)
    faded = view.grab().toImage()
    fresh = FadingPicture()
    qtbot.addWidget(fresh)
    fresh.resize(view.size())
    fresh.show_picture(BLUE, fades=False)
    assert faded == fresh.grab().toImage()
    assert middle(view) == (0, 0, 200)


def test_another_one_meanwhile_fades_from_the_newest(view: FadingPicture) -> None:
    view.show_picture(BLUE, fades=True)
    view.show_picture(RED, fades=True)
    view._fade.pause()
    view._fade.setCurrentTime(0)
    assert middle(view) == (0, 0, 200)


def test_a_held_fader_is_followed_at_once(view: FadingPicture) -> None:
    view.show_picture(BLUE, fades=False)
    assert not view.is_fading
    assert middle(view) == (0, 0, 200)


def test_where_nothing_is_to_move_nothing_does(view: FadingPicture) -> None:
    style = _Moving(0)
    style.setParent(view)
    view.setStyle(style)
    view.show_picture(BLUE, fades=True)
    assert not view.is_fading


def test_the_same_picture_does_not_fade(view: FadingPicture) -> None:
    again = StagePicture("red", rendered(plain_picture((200, 0, 0))))
    view.show_picture(again, fades=True)
    assert not view.is_fading


def test_the_last_picture_stays_where_there_is_none(view: FadingPicture) -> None:
    view.show_picture(StagePicture(), fades=True)
    assert middle(view) == (200, 0, 0)


def test_a_picture_fills_its_place_and_keeps_its_form(view: FadingPicture) -> None:
    view.show_picture(StagePicture("wide", rendered(plain_picture((9, 9, 9), 16, 8))), fades=False)
    rect = view.picture_rect()
    assert (rect.width(), rect.height()) == (200.0, 100.0)
    assert view.rect().contains(rect.topLeft().toPoint() + QPoint(1, 1))


@pytest.mark.parametrize(("words", "is_smaller"), [("Short.", False), ("A long one. " * 12, True)])
def test_long_sentences_are_smaller_and_fit(qtbot: QtBot, words: str, is_smaller: bool) -> None:
    band = SentenceBand()
    qtbot.addWidget(band)
    band.resize(700, 80)
    largest = band.fitting_font().pixelSize()
    band.say(words)
    assert (band.fitting_font().pixelSize() < largest) is is_smaller
