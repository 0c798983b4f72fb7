import msgspec
import pytest

from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.request import CheckpointRef, GenerationRequest, ResumedFrom, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.turns import acting_in, with_a_turn

ABC = tuple(AppliedAdapter(letter, 1.0, 1.0) for letter in "abc")


@pytest.mark.parametrize("turn", [1, 2, 5])
def test_a_switch_goes_round_as_the_paper_counts(turn):
    """i = ⌊((t − 1) mod kτ) / τ⌋ + 1, steps and adapters counted from 1."""
    for step in range(1, 40):
        expected = (step - 1) % (3 * turn) // turn + 1
        assert acting_in(MergeRule("switch", turn), 3, step - 1) == (expected - 1,)


def test_in_a_composite_all_act_and_in_a_sum_there_are_no_turns():
    assert acting_in(MergeRule("composite"), 3, 7) == (0, 1, 2)
    assert acting_in(SUM, 3, 0) == acting_in(MergeRule("composite"), 0, 0) == ()


@pytest.mark.parametrize(
    ("steps", "done", "turn", "acting"),
    [(2, 0, 1, (0, 1)), (4, 0, 2, (0, 1)), (10, 0, 1, (0, 1, 2)), (9, 0, 9, (0,)), (6, 4, 2, (2,))],
)
def test_of_few_steps_some_adapters_have_no_turn(steps, done, turn, acting):
    request = GenerationRequest(
        checkpoint=CheckpointRef(""),
        adapters=ABC,
        sampling=Sampling(steps=steps),
        merge_rule=MergeRule("switch", turn),
        is_draft=bool(done),
        resumed=ResumedFrom(ABC, done) if done else None,
    )
    assert with_a_turn(request) == acting
    assert with_a_turn(msgspec.structs.replace(request, merge_rule=SUM)) == ()
