"""How far a fader goes is kept with its row, and is no part of any picture."""

import math

import msgspec
import pytest

from loraviewer.core.document import Document
from loraviewer.core.fader_ranges import PRESET_RANGES, USUAL_RANGE, range_problem, range_text
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.session import BadSession, Session, from_text, to_text
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.snapshots import is_same_state
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import Side, compare

PLACES = SessionPlaces({}, None)
ROW = StackEntry(entry_id="a", name="manga", path="/manga", sha256="m", scale=0.8)
WIDE = msgspec.structs.replace(ROW, fader_range=(-15.0, 15.0))


def stack(row: StackEntry) -> AdapterStack:
    return AdapterStack(entries=(row,))


def test_the_usual_fader_goes_from_minus_1_to_2() -> None:
    assert ROW.fader_ends == USUAL_RANGE == (-1.0, 2.0)
    assert WIDE.fader_ends == (-15.0, 15.0)


def test_every_range_that_is_offered_is_one() -> None:
    assert [range_problem(*preset) for preset in PRESET_RANGES] == [""] * 5
    assert range_text((-0.5, 2.0)) == "−0.5 … 2"


@pytest.mark.parametrize(
    ("lowest", "highest"),
    [(2.0, -1.0), (1.0, 1.0), (0.0, math.inf), (math.nan, 1.0), (-1e9, 0.0), (0.0, 0.001)],
)
def test_what_is_no_range_is_refused(lowest: float, highest: float) -> None:
    assert range_problem(lowest, highest).endswith(".")
    with pytest.raises(ValueError, match="fader"):
        msgspec.structs.replace(ROW, fader_range=(lowest, highest))


def test_pictures_of_a_row_are_the_same_however_far_its_fader_goes() -> None:
    narrow, wide = (
        GenerationRequest(checkpoint=CheckpointRef("/base", "b"), adapters=stack(row).applied())
        for row in (ROW, WIDE)
    )
    assert narrow == wide
    assert narrow.sha256() == wide.sha256()


def test_it_makes_no_other_state_of_a_stack() -> None:
    assert is_same_state(stack(ROW), stack(WIDE))
    diff = compare(Side("", "left", stack(ROW)), Side("", "right", stack(WIDE)))
    assert (diff.count, diff.is_same_picture) == (0, True)


def test_a_session_keeps_it_and_one_without_it_has_the_usual_one() -> None:
    text = to_text(Session(document=Document().with_stack(stack(WIDE))), PLACES)
    read = from_text(text, PLACES).document.stack.entries[0]
    assert read.fader_range == (-15.0, 15.0)
    raw = msgspec.json.decode(text)
    del raw["document"]["panes"][1]["stack"]["entries"][0]["fader_range"]
    old = from_text(msgspec.json.encode(raw), PLACES).document.stack.entries[0]
    assert old.fader_ends == USUAL_RANGE


def test_a_session_with_a_range_that_is_none_is_damaged() -> None:
    text = to_text(Session(document=Document().with_stack(stack(WIDE))), PLACES)
    with pytest.raises(BadSession, match="is damaged"):
        from_text(text.replace("-15.0", "115.0"), PLACES)
