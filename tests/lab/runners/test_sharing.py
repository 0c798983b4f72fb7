"""How work is shared out, and when others are called in."""

import pytest

from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.shots import Shot
from loraviewer.lab.runners.sharing import HelpIsWorthIt, shared_out
from tests.core.experiments.asked import ladder

STACKS = [tuple(cell.shot for cell in group.cells) for group in groups(ladder())]
WAY = tuple(Shot(request=shot.request, visit=i + 1) for i, shot in enumerate(STACKS[0]))


def shots(batches):
    return [shot for batch in batches for shot in batch]


@pytest.mark.parametrize("workers", [1, 2, 3, 64])
def test_every_picture_is_in_one_piece_in_the_order_given(workers):
    pieces = list(shared_out(STACKS, workers))
    assert shots(pieces) == shots(STACKS)
    stacks = [{shot.request.adapters for shot in piece} for piece in pieces]
    assert all(len(stack) == 1 for stack in stacks)


def test_one_worker_merges_each_stack_once_and_several_get_small_pieces():
    assert list(shared_out(STACKS, 1)) == STACKS
    (long,) = [tuple(shots(STACKS))]
    sizes = [len(piece) for piece in shared_out([long], 2)]
    assert max(sizes) <= len(long) / 8


def test_a_way_stays_together():
    assert list(shared_out([WAY], 8)) == [WAY]


@pytest.mark.parametrize(
    ("picture_s", "worth"), [(0.01, False), (0.09, False), (0.11, True), (60.0, True)]
)
def test_help_is_called_in_for_what_takes_longer_than_two_openings(picture_s, worth):
    """101 pictures, one of them made, and 5 s for opening a base."""
    now = [0.0]
    is_worth_it = HelpIsWorthIt(101, 5.0, lambda: now[0])
    assert not is_worth_it(0)
    now[0] = picture_s
    assert is_worth_it(1) is worth
