import pytest

from loraviewer.core.captions import stack_caption
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.core.stack import AdapterStack, StackEntry


def stack(*rows: tuple[str, float]) -> AdapterStack:
    entries = tuple(
        StackEntry(entry_id=n, name=n, path=n, sha256=f"{len(rows) - i}", scale=s)
        for i, (n, s) in enumerate(rows)
    )
    return AdapterStack(entries=entries)


@pytest.mark.parametrize(
    ("rows", "caption"),
    [
        ((), "no adapters"),
        ((("manga", 0.8), ("birds", 1.2)), "manga .8 + birds 1.2"),
        ((("manga", -0.25), ("birds", 0.0)), "manga -.25"),
        ((("slider", 15.0),), "slider 15"),
        ((("slider", -0.001), ("birds", 1e9)), "slider -.001 + birds 1000000000"),
    ],
)
def test_captions_name_what_is_applied_in_row_order(rows, caption):
    assert stack_caption(stack(*rows)) == caption


def test_a_partial_picture_is_shown_over_the_last_one():
    partial = Picture(1, 1, b"abc")
    assert PaneState(pane_id="base", preview=partial).picture() is partial
    assert PaneState(pane_id="base").picture() is None


def test_a_picture_checks_its_size():
    with pytest.raises(ValueError, match="2×2"):
        Picture(2, 2, b"too short")
