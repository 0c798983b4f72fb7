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
