import msgspec
import pytest

from loraviewer.core.batching import BATCH_PIXELS, in_batches
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter

BASE = GenerationRequest(
    checkpoint=CheckpointRef("demo"), sampling=Sampling(width=512, height=512, seed=0)
)
PIXELS = 4 * 512 * 512


def seeds(batches) -> list[list[int]]:
    return [[request.sampling.seed for request in batch] for batch in batches]


def requests(count: int) -> list[GenerationRequest]:
    return [BASE.with_seed(seed) for seed in range(count)]


@pytest.mark.parametrize(
    ("count", "pixels", "expected"),
    [
        (0, PIXELS, []),
        (1, PIXELS, [[0]]),
        (6, PIXELS, [[0, 1, 2, 3], [4, 5]]),
        (5, PIXELS, [[0, 1, 2, 3], [4]]),
        (3, 0, [[0], [1], [2]]),
        (3, 512 * 512, [[0], [1], [2]]),
    ],
)
def test_as_many_seeds_as_fit(count, pixels, expected):
    assert seeds(in_batches(requests(count), pixels)) == expected


def test_a_batch_knows_its_seeds_and_a_picture_alone_stays_as_it_was():
    first, second = in_batches(requests(3), 2 * 512 * 512)
    assert [request.batch for request in first] == [(0, 1), (0, 1)]
    assert first[1].of_batch() == first
    assert second == (BASE.with_seed(2),)
    assert first[0].sha256() != BASE.sha256()


@pytest.mark.parametrize(
    "fields",
    [
        {"adapters": (AppliedAdapter("sha", 1.0, 1.0),)},
        {"sampling": Sampling(width=512, height=512, seed=1, steps=11)},
        {"sampling": Sampling(width=512, height=512, seed=0)},  # the same picture again
        {"sampling": Sampling(width=512, height=512, seed=1), "is_draft": True},
    ],
)
def test_only_settled_pictures_of_other_seeds_join(fields):
    other = msgspec.structs.replace(BASE, **fields)
    assert len(in_batches([BASE, other], BATCH_PIXELS)) == 2


def test_a_batch_holds_its_own_seed():
    stranger = msgspec.structs.replace(BASE, batch=(5, 6))
    assert "batch" in (stranger.problem() or "")
    assert stranger.with_seed(5).problem() is None
