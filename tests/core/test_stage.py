"""Presenting by numbers: faders, pages of rows, the place of the faders, the screen of the room."""

import pytest

from loraviewer.core.stage import held_within, page_of, screen_for_room, stage_plan

ENDS = (-1.0, 2.0)
LAPTOP, PROJECTOR, SMALL = (0, 0, 1440, 900), (1440, 0, 1920, 1080), (-800, 0, 800, 600)


@pytest.mark.parametrize(
    ("wanted", "now", "strength"),
    [
        (1.5, 1.0, 1.5),
        (2.05, 2.0, 2.0),
        (-1.3, 0.0, -1.0),
        (5.0, 4.0, 4.0),  # typed beyond the range: not further
        (3.5, 4.0, 3.5),  # but back
        (-4.0, -3.0, -3.0),
    ],
)
def test_a_fader_goes_no_further_than_its_range(wanted, now, strength):
    assert held_within(wanted, now, ENDS) == strength


@pytest.mark.parametrize(
    ("row", "rows", "page"),
    [(0, 0, []), (0, 3, [0, 1, 2]), (8, 12, list(range(9))), (9, 12, [9, 10, 11])],
)
def test_nine_rows_make_a_page(row, rows, page):
    assert list(page_of(row, rows)) == page


@pytest.mark.parametrize(
    ("room", "pictures", "faders"),
    [
        ((1920, 1200), 1, "right"),
        ((1920, 1200), 2, "bottom"),
        ((1024, 768), 1, "right"),
        ((1024, 768), 2, "bottom"),
        ((800, 1280), 1, "bottom"),
    ],
)
def test_faders_lie_where_square_pictures_stay_larger(room, pictures, faders):
    width, height = room
    assert stage_plan(width, height, pictures, 1.0, (220, 120)).faders == faders


def test_faders_get_what_they_need():
    assert stage_plan(1024, 768, 1, 1.0, (400, 120)).strip == 400
    assert stage_plan(1024, 768, 2, 1.0, (220, 300)).strip == 300


@pytest.mark.parametrize(
    ("own", "screens", "place"),
    [
        (LAPTOP, [LAPTOP], None),
        (LAPTOP, [LAPTOP, PROJECTOR], 1),
        (PROJECTOR, [LAPTOP, PROJECTOR], 0),
        (LAPTOP, [SMALL, LAPTOP, PROJECTOR], 2),
        (LAPTOP, [LAPTOP, LAPTOP], None),  # the projector shows what the laptop does
        (LAPTOP, [LAPTOP, (0, 0, 1920, 1080)], None),
        (LAPTOP, [], None),
    ],
)
def test_the_room_gets_the_largest_other_screen(own, screens, place):
    assert screen_for_room(own, screens) == place
