"""The merge rule as a part of a stack: in requests, files, captions, differences and drafts."""

import json

import msgspec
import pytest

from loraviewer.core.ablation import row_alone, without_row
from loraviewer.core.captions import Beside, differences, pane_caption, stack_caption
from loraviewer.core.document import Document
from loraviewer.core.drafts import draft_of, is_settled_of
from loraviewer.core.foreign.own import read_own
from loraviewer.core.foreign.restoring import OpenedPicture, restored_stack
from loraviewer.core.infotext import ImageRecord, to_json
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.session import BadSession, Session, from_text, to_text
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.snapshots import default_name, is_same_state
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import DiffLine, Side, compare
from loraviewer.core.stack_files import encode_stack
from loraviewer.core.stored_picture import StoredPicture

TIES = MergeRule("ties", 0.2)
SWITCH = MergeRule("switch", 1)
ANYWHERE = SessionPlaces({})


def row(name: str, scale: float = 1.0) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale)


TWO = AdapterStack(entries=(row("manga", 0.8), row("birds", 1.2)))
RULED = TWO.with_rule(TIES)


@pytest.mark.parametrize("rule", [TIES, MergeRule("iso-c"), SWITCH, MergeRule("composite")])
def test_what_makes_no_difference_is_a_sum(rule):
    """Of no adapter by any rule; of one where adapters take turns."""
    one = TWO.with_entry("birds", is_enabled=False)
    assert TWO.with_rule(rule).rule_in_force == rule
    assert one.with_rule(rule).rule_in_force == (SUM if rule.acts_at_decoding else rule)
    assert TWO.with_all_off().with_rule(rule).rule_in_force == SUM
    assert TWO.with_master(0.0).with_rule(rule).rule_in_force == SUM


def test_every_edit_keeps_it():
    edited = (
        RULED.with_added(row("neon")).without("neon").with_moved("birds", 0).with_master(0.5),
        RULED.without_muted({"manga"}),
        RULED.with_all_off(),
        without_row(RULED, "manga"),
        row_alone(RULED, "manga"),
    )
    assert {stack.merge_rule for stack in edited} == {TIES}


def test_a_sum_is_left_out_of_files():
    """Which are those that older versions wrote, and read."""
    text = to_text(Session(document=Document().with_stack(TWO)), ANYWHERE)
    assert "merge_rule" not in text
    assert "merge_rule" not in encode_stack(TWO)
    assert msgspec.json.decode(encode_stack(TWO)).keys() == {"entries", "master"}
    assert msgspec.json.decode(encode_stack(TWO), type=AdapterStack) == TWO


def test_any_other_comes_back():
    document = Document().with_stack(RULED)
    session = Session(document=document)
    text = to_text(session, ANYWHERE)
    assert text.count("merge_rule") == 1
    assert from_text(text, ANYWHERE) == session
    assert msgspec.json.decode(encode_stack(RULED), type=AdapterStack) == RULED


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "ties", "amount": 7}, "“ties” takes a number from 0.01 to 1"),
        ({"name": "switch", "amount": 1.5}, "a whole number"),
        ({"name": "vote"}, "is damaged"),
        ("ties", "is damaged"),
    ],
)
def test_a_session_with_a_rule_that_cannot_be_is_refused(rule, said):
    table = json.loads(to_text(Session(document=Document().with_stack(RULED)), ANYWHERE))
    table["document"]["panes"][1]["stack"]["merge_rule"] = rule
    with pytest.raises(BadSession, match=said):
        from_text(json.dumps(table), ANYWHERE)


def test_captions_begin_with_it():
    assert stack_caption(RULED) == "TIES 0.2: manga .8 + birds 1.2"
    assert stack_caption(TWO.with_rule(MergeRule("iso-c"))) == "Iso-C: manga .8 + birds 1.2"
    assert stack_caption(AdapterStack(merge_rule=TIES)) == "no adapters"
    assert default_name(RULED) == "TIES 0.2: manga .8 + birds 1.2"


def test_captions_tell_it_where_panes_differ_in_it():
    assert differences(RULED, TWO) == ["TIES 0.2"]
    assert differences(TWO, RULED) == ["Sum"]
    louder = RULED.with_entry("manga", scale=1.0)
    assert differences(louder, TWO) == ["TIES 0.2", "manga .8 → 1"]
    assert pane_caption(RULED, [Beside("B", TWO)]) == "as B: TIES 0.2"
    assert pane_caption(RULED, [Beside("B", RULED)]) == "as B"


def test_stacks_that_differ_in_it_are_not_the_same_state():
    assert not is_same_state(RULED, TWO)
    assert not is_same_state(RULED, TWO.with_rule(MergeRule("ties", 0.3)))
    assert is_same_state(RULED, TWO.with_moved("birds", 0).with_rule(TIES))


def test_comparing_tells_the_rule_and_its_number():
    more = TWO.with_rule(MergeRule("ties", 0.5))
    diff = compare(Side("", "a", RULED), Side("", "b", more))
    assert diff.lines[0] == DiffLine("≠", "Merge rule", "TIES 0.2", "TIES 0.5", "+0.3")
    assert not diff.is_same_picture
    diff = compare(Side("", "a", TWO), Side("", "b", RULED))
    assert diff.lines[0] == DiffLine("≠", "Merge rule", "Sum", "TIES 0.2")
    off = TWO.with_all_off()
    assert compare(Side("", "a", off), Side("", "b", off.with_rule(TIES))).is_same_picture


def _record(rule: MergeRule) -> ImageRecord:
    request = GenerationRequest(
        checkpoint=CheckpointRef("base", "1d"), adapters=TWO.applied(), merge_rule=rule
    )
    return ImageRecord(request=request)


@pytest.mark.parametrize("rule", [SUM, TIES, SWITCH])
def test_a_picture_brings_its_rule_back(rule):
    record = _record(rule)
    assert StoredPicture(key="k", record=record).rows().merge_rule == rule
    opened = OpenedPicture(path="p.png", read=read_own(to_json(record)))
    assert restored_stack(opened, "").merge_rule == rule


def test_a_picture_with_a_rule_that_cannot_be_says_so_and_is_taken_as_a_sum():
    read = read_own(to_json(_record(MergeRule("ties", 7.0))))
    assert any("merge rule" in phrase for phrase in read.not_understood)
    assert restored_stack(OpenedPicture(path="p.png", read=read), "").merge_rule == SUM


def _settled(stack: AdapterStack) -> GenerationRequest:
    return GenerationRequest(
        checkpoint=CheckpointRef("base", "1d"),
        adapters=stack.applied(),
        merge_rule=stack.rule_in_force,
    )


@pytest.mark.parametrize("rule", [TIES, SWITCH])
def test_drafts_of_another_rule_hold_no_fader_and_go_on_from_none_but_their_own(rule):
    before, after = _settled(TWO.with_rule(rule)), _settled(TWO.with_rule(rule).with_master(0.99))
    draft = draft_of(after, before, 4, "manga")
    assert (draft.held, draft.grasped) == ("", ())
    assert draft.origin() == before
    assert draft.merge_rule == rule
    summed = msgspec.structs.replace(before, merge_rule=SUM)
    assert draft_of(after, summed, 4, "manga").resumed is None
    back = draft_of(msgspec.structs.replace(after, merge_rule=SUM), before, 4, "manga")
    assert (back.held, back.grasped, back.resumed) == ("manga", (), None)


def test_a_draft_stands_for_the_picture_of_its_own_rule():
    settled = _settled(RULED)
    draft = draft_of(settled, None, 4)
    assert is_settled_of(draft, settled)
    assert not is_settled_of(draft, msgspec.structs.replace(settled, merge_rule=SUM))
