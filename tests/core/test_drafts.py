import msgspec
import pytest

from loraviewer.core.drafts import draft_of
from loraviewer.core.request import CheckpointRef, GenerationRequest, ResumedFrom, Sampling
from loraviewer.core.stack import AppliedAdapter

MANGA = AppliedAdapter("sha-manga", 0.8, 0.8, "manga", "/manga")
LOUDER = AppliedAdapter("sha-manga", 0.9, 0.9, "manga", "/manga")
SETTLED = GenerationRequest(checkpoint=CheckpointRef("demo", "identity"), adapters=(LOUDER,))
BEFORE = msgspec.structs.replace(SETTLED, adapters=(MANGA,))


def test_a_change_of_the_stack_runs_the_last_steps_again():
    draft = draft_of(SETTLED, BEFORE, 4, "sha-manga")
    assert draft.is_draft
    assert draft.held == "sha-manga"
    assert draft.resumed == ResumedFrom((MANGA,), 6)
    assert draft.sampling == SETTLED.sampling
    assert draft.steps_run == 4
    assert draft.origin() == BEFORE


@pytest.mark.parametrize("scale", [0.9, 3.0])
def test_a_held_draft_says_what_its_drag_began_from(scale):
    """Also where it is too far away to run the last steps again; else the fader would have to be
    grasped anew in the middle of a drag."""
    moved = AppliedAdapter("sha-manga", scale, scale, "manga", "/manga")
    wanted = msgspec.structs.replace(SETTLED, adapters=(moved,))
    assert draft_of(wanted, BEFORE, 4, "sha-manga").grasped == (MANGA,)
    assert draft_of(wanted, BEFORE, 4).grasped == ()
    assert draft_of(wanted, None, 4, "sha-manga").grasped == ()


def test_drafts_of_different_drags_are_different_pictures():
    """A rounding step apart; the names of what was grasped decide nothing."""
    one, other = (
        draft_of(SETTLED, msgspec.structs.replace(BEFORE, adapters=(before,)), 4, "sha-manga")
        for before in (MANGA, msgspec.structs.replace(MANGA, scale=0.85))
    )
    renamed = msgspec.structs.replace(MANGA, name="another", path="/another")
    assert one.sha256() != other.sha256()
    assert msgspec.structs.replace(one, grasped=(renamed,)).sha256() == one.sha256()


@pytest.mark.parametrize(
    "before",
    [
        None,
        msgspec.structs.replace(BEFORE, sampling=Sampling(seed=8)),
        msgspec.structs.replace(BEFORE, sampling=Sampling(steps=11)),
        msgspec.structs.replace(BEFORE, checkpoint=CheckpointRef("demo", "another")),
        msgspec.structs.replace(BEFORE, dtype="bfloat16"),
    ],
)
def test_anything_else_takes_few_steps_from_the_start(before):
    draft = draft_of(SETTLED, before, 4)
    assert (draft.is_draft, draft.resumed) == (True, None)
    assert draft.sampling == Sampling(steps=4)
    assert draft.steps_run == 4


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_few_steps_are_as_quick_as_a_draft(steps):
    few = msgspec.structs.replace(SETTLED, sampling=Sampling(steps=steps))
    assert draft_of(few, BEFORE, 4, "sha-manga") == few


def test_back_where_it_was_the_settled_picture_is_there_already():
    assert draft_of(BEFORE, BEFORE, 4, "sha-manga") == BEFORE


def adapters(*scales: float, text: float | None = None) -> tuple[AppliedAdapter, ...]:
    return tuple(
        AppliedAdapter(f"sha-{i}", scale, scale if text is None else text)
        for i, scale in enumerate(scales)
    )


@pytest.mark.parametrize(
    ("before", "after", "resumes"),
    [
        (adapters(0.8), adapters(0.7), True),
        (adapters(0.8), adapters(0.9), True),
        (adapters(0.8), adapters(0.69), False),
        (adapters(0.8, 0.5), adapters(0.75, 0.55), True),  # the moves add up
        (adapters(0.8, 0.5), adapters(0.7, 0.6), False),
        (adapters(0.8, text=0.8), adapters(0.8, text=0.5), False),
        ((), adapters(0.1), True),
        ((), adapters(1.0), False),
        (adapters(1.0), (), False),
        (adapters(0.0), adapters(1e6), False),
        ((MANGA, MANGA), (LOUDER,), False),  # 1.6 → 0.9
    ],
)
def test_a_long_way_is_begun_anew(before, after, resumes):
    """The composition may be another one, which the last steps no longer change."""
    start, end = (msgspec.structs.replace(SETTLED, adapters=a) for a in (before, after))
    draft = draft_of(end, start, 4)
    assert draft.is_draft
    assert draft.steps_run == 4
    assert (draft.resumed is not None) == resumes
