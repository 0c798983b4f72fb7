"""Icons of one look are one for all who show them, and never those of another look."""

import pytest
from PySide6.QtGui import QIcon, QPalette, QPixmap

from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.icons import icon, icon_colours

Group, Role = QPalette.ColorGroup, QPalette.ColorRole


@pytest.fixture
def palette(qapp) -> QPalette:
    made = QPalette()
    made.setColor(Role.ButtonText, "#112233")
    made.setColor(Group.Active, Role.Accent, "#445566")
    made.setColor(Group.Disabled, Role.Accent, "#778899")
    return made


def colour_of(shown: QIcon, state: QIcon.State = QIcon.State.Off) -> str:
    """Of its most opaque dot."""
    image = shown.pixmap(36, 36, QIcon.Mode.Normal, state).toImage()
    dots = (image.pixelColor(x, y) for x in range(36) for y in range(36))
    return max(dots, key=lambda dot: dot.alpha()).name()


def test_the_same_look_is_one_icon(palette: QPalette) -> None:
    one, equal = icon("info", palette), icon("info", QPalette(palette))
    assert one.cacheKey() == equal.cacheKey()
    assert one.cacheKey() != icon("close", palette).cacheKey()


def test_another_colour_is_another_icon_and_going_back_finds_the_first(palette: QPalette) -> None:
    first, colours = icon("info", palette), icon_colours(palette)
    other = QPalette(palette)
    other.setColor(Role.ButtonText, "#aabbcc")
    assert (colour_of(first), colour_of(icon("info", other))) == ("#112233", "#aabbcc")
    assert icon_colours(other) != colours
    assert icon("info", palette).cacheKey() == first.cacheKey()


def test_roles_and_groups_of_one_palette_are_kept_apart(palette: QPalette) -> None:
    palette.setColor(Role.Text, "#001122")
    assert colour_of(icon("info", palette, Role.Text)) == "#001122"
    assert colour_of(icon("info", palette)) == "#112233"
    found = []
    for group in (Group.Active, Group.Disabled):
        palette.setCurrentColorGroup(group)
        found.append(colour_of(icon("info", palette), QIcon.State.On))
    assert found == ["#445566", "#778899"]


def test_what_is_added_to_one_is_not_in_others(palette: QPalette) -> None:
    mine = icon("info", palette)
    mine.addPixmap(QPixmap(99, 99))
    assert [s.width() for s in icon("info", palette).availableSizes()].count(99) == 0


def test_a_button_follows_its_palette(qtbot, palette: QPalette) -> None:
    button = IconButton("info", "Info")
    qtbot.addWidget(button)
    button.setPalette(palette)
    assert colour_of(button.icon()) == "#112233"
    before = button.icon().cacheKey()
    button.setPalette(QPalette(palette))
    assert button.icon().cacheKey() == before
    button.set_icon_name("close")
    assert button.icon().cacheKey() == icon("close", button.palette()).cacheKey()
