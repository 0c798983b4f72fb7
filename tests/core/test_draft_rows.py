"""A row for drafts only is absent from everything that is settled, and in every draft."""

import msgspec
import pytest

from loraviewer.core.ablation import ablations, without_row
from loraviewer.core.document import Document
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.drafts import draft_of, hastened_by, is_quick_way_to, is_settled_of
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.infotext import ImageRecord, from_json, to_a1111, to_json
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.row_clipboard import rows_from_json, rows_to_json
from loraviewer.core.session import Session, from_text, to_text
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.snapshots import is_same_state
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_files import encode_stack

ANYWHERE = SessionPlaces({})
LCM = DraftWay("lcm", 4)
BASE = CheckpointInfo(
    source="/m", name="m", identity="i", family="sd1", device="cpu", dtype="float32",
    parameters=1, weight_bytes=4, default_width=64, default_height=64,
)  # fmt: skip
SAMPLING = Sampling(prompt="a cat", steps=20, guidance_scale=7.0, sampler="UniPC")


def row(name: str, **fields) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=f"/{name}", sha256=f"sha-{name}", **fields)


MANGA, BIRDS = row("manga", scale=0.8), row("birds")
QUICK = row("quick", for_drafts=LCM)
PLAIN, MARKED = AdapterStack(entries=(MANGA, BIRDS)), AdapterStack(entries=(MANGA, QUICK, BIRDS))


def settled(stack: AdapterStack, **sampling) -> GenerationRequest:
    return GenerationRequest(
        checkpoint=CheckpointRef("/m", "i"),
        adapters=stack.applied(),
        sampling=msgspec.structs.replace(SAMPLING, **sampling),
        merge_rule=stack.rule_in_force,
    )


def hastened(stack: AdapterStack, usual: int = 4, **base):
    draft_row = stack.draft_row()
    assert draft_row is not None
    info = msgspec.structs.replace(BASE, **base)
    return hastened_by(draft_row, stack, SAMPLING, info, usual)


@pytest.mark.parametrize("is_solo", [False, True])
@pytest.mark.parametrize("master", [1.0, 0.3])
def test_the_settled_stack_is_the_one_without_it(is_solo, master):
    marked = MARKED.with_entry("quick", is_solo=is_solo).with_master(master)
    plain = PLAIN.with_master(master)
    assert marked.applied() == plain.applied()
    assert marked.applied_rows() == plain.applied_rows()
    assert marked.rule_in_force == plain.rule_in_force
    assert not marked.is_applied(marked.entry("quick"))
    assert settled(marked).sha256() == settled(plain).sha256()
    assert marked.without_draft_rows() == plain


def test_it_puts_no_merge_rule_in_force():
    stack = AdapterStack(entries=(QUICK,), merge_rule=read_rule("ties:0.2"))
    assert stack.rule_in_force.is_sum
    turns = AdapterStack(entries=(MANGA, QUICK), merge_rule=read_rule("switch:2"))
    assert turns.rule_in_force.is_sum


def test_the_first_that_is_on_counts_whatever_is_soloed():
    off, second = row("off", for_drafts=LCM, is_enabled=False), row("second", for_drafts=LCM)
    zero = row("zero", for_drafts=LCM, scale=0.0)
    solo = msgspec.structs.replace(MANGA, is_solo=True)
    stack = AdapterStack(entries=(off, zero, solo, QUICK, second, BIRDS))
    assert stack.draft_row() == QUICK
    assert {a.name for a in stack.with_draft_row(QUICK)} == {"manga", "quick"}
    assert PLAIN.draft_row() is None
    assert MARKED.with_all_off().draft_row() is None


def test_the_master_leaves_it_alone():
    found = MARKED.with_master(0.5).with_draft_row(QUICK)
    assert {a.name: a.scale for a in found} == {"manga": 0.4, "birds": 0.5, "quick": 1.0}


def test_its_ablation_is_no_question():
    assert [a.is_same for a in ablations(MARKED)] == [False, True, False]
    assert without_row(MARKED, "manga").entries == without_row(PLAIN, "manga").entries


def test_a_draft_is_a_whole_picture_in_its_way():
    near = settled(AdapterStack(entries=(msgspec.structs.replace(MANGA, scale=0.81), BIRDS)))
    draft = draft_of(settled(MARKED), near, 4, "sha-manga", hastened(MARKED))
    assert (draft.sampling.steps, draft.sampling.sampler) == (4, "LCM")
    assert draft.sampling.guidance_scale == 1.0
    assert draft.resumed is None
    assert draft.draft_adapter == "sha-quick"
    assert {a.name for a in draft.adapters} == {"manga", "birds", "quick"}
    assert (draft.held, draft.grasped) == ("sha-manga", near.adapters)
    assert draft.is_draft


def test_what_the_base_cannot_sample_with_is_left_as_it_is():
    draft = draft_of(settled(MARKED), None, 4, "", hastened(MARKED, samplers=("UniPC",)))
    assert draft.sampling.sampler == "UniPC"
    assert draft.sampling.steps == 4


def test_a_way_that_nobody_knows_takes_the_steps_of_drafts():
    stack = AdapterStack(entries=(MANGA, row("mine", for_drafts=DraftWay())))
    quick = hastened(stack, usual=3)
    assert quick is not None
    assert quick.sampling == msgspec.structs.replace(SAMPLING, steps=3)


def test_a_picture_of_as_few_steps_needs_no_draft():
    few = settled(MARKED, steps=4)
    assert draft_of(few, None, 10, "", hastened(MARKED)) == few


def test_only_its_own_fader_asks_for_a_draft_of_a_picture_that_is_there():
    there = settled(MARKED)
    assert draft_of(there, there, 4, "sha-manga", hastened(MARKED)) == there
    draft = draft_of(there, there, 4, "sha-quick", hastened(MARKED))
    assert (draft.is_draft, draft.held, draft.grasped) == (True, "sha-quick", there.adapters)


def test_under_another_rule_there_is_none():
    assert hastened(MARKED.with_rule(read_rule("ties:0.2"))) is None


def test_a_draft_is_known_by_the_picture_that_it_stands_for():
    draft = draft_of(settled(MARKED), None, 4, "", hastened(MARKED))
    assert is_settled_of(draft, settled(PLAIN))
    assert not is_settled_of(draft, settled(PLAIN, guidance_scale=7.0, seed=8))
    assert not is_settled_of(draft, settled(AdapterStack(entries=(MANGA,))))
    assert not is_quick_way_to(draft_of(settled(PLAIN), None, 4), draft.sampling)


def test_also_where_its_file_is_an_ordinary_row_as_well():
    twice = AdapterStack(entries=(MANGA, row("quick", scale=0.2), QUICK))
    draft = draft_of(settled(twice), None, 4, "", hastened(twice))
    assert is_settled_of(draft, settled(twice))
    assert not is_settled_of(draft, settled(PLAIN))


def test_the_record_of_a_draft_holds_what_made_it_and_a_settled_one_nothing_of_it():
    draft = draft_of(settled(MARKED), None, 4, "", hastened(MARKED))
    told = to_json(ImageRecord(request=draft))
    assert from_json(told).request == draft
    assert "<lora:quick:1>" in to_a1111(ImageRecord(request=draft))
    assert "Draft: few steps with an adapter for drafts only" in to_a1111(
        ImageRecord(request=draft)
    )
    plain = to_json(ImageRecord(request=settled(MARKED)))
    assert plain == to_json(ImageRecord(request=settled(PLAIN)))
    assert "draft_adapter" not in plain
    assert "quick" not in plain


def test_old_files_are_what_they_were_and_marked_ones_come_back():
    assert "for_drafts" not in encode_stack(PLAIN)
    assert msgspec.json.decode(encode_stack(MARKED), type=AdapterStack) == MARKED
    document = Document().with_stack(MARKED)
    read = from_text(to_text(Session(document=document), ANYWHERE), ANYWHERE)
    assert read.document == document
    plain = Session(document=Document().with_stack(PLAIN))
    assert "for_drafts" not in to_text(plain, ANYWHERE)


def test_copied_rows_keep_it():
    (pasted,) = rows_from_json(rows_to_json([QUICK]))
    assert pasted.for_drafts == LCM


def test_snapshots_differ_in_it():
    assert not is_same_state(MARKED, MARKED.with_entry("quick", for_drafts=None))
    assert not is_same_state(MARKED, MARKED.with_entry("quick", for_drafts=DraftWay("tcd", 4)))


@pytest.mark.parametrize("sampler", ["Euler trailing", "DDIM trailing", "TCD", "LCM", "Euler"])
def test_other_programs_read_the_samplers_of_few_steps(sampler):
    text = to_a1111(ImageRecord(request=settled(PLAIN, sampler=sampler)))
    assert "trailing" not in text
    read = read_picture({"parameters": text})
    assert read is not None
    assert read.sampler == sampler
    assert "sampler" not in " ".join(read.not_understood)
