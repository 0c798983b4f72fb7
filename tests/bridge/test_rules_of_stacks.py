"""A merge rule chosen in the studio: what is undone, what the engine is asked for."""

from collections.abc import Iterator

import pytest

from loraviewer.core.infotext import ImageRecord
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stored_picture import StoredPicture
from tests.bridge.cells import cells_submitted, loaded, rest
from tests.bridge.machine import Machine
from tests.shown import shown_by

TIES = MergeRule("ties", 0.2)


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    """With two rows, and everything shown."""
    machine = Machine()
    yield loaded(machine, "manga", "birds")
    machine.close()


def shown(machine: Machine, pane_id: str = "current") -> GenerationRequest:
    return shown_by(machine.studio.panes.pane(pane_id)).request


def test_a_choice_is_one_step_with_its_words(machine):
    stack, steps = machine.studio.stack, machine.studio.document.undo_stack
    before = steps.count()
    stack.set_rule(TIES)
    stack.set_rule(MergeRule("switch", 3))
    assert steps.count() == before + 2
    assert steps.undoText() == "Merge rule to LoRA Switch 3"
    steps.undo()
    assert stack.stack.merge_rule == TIES
    steps.undo()
    assert stack.stack.merge_rule == SUM
    steps.redo()
    stack.set_rule(TIES)
    assert steps.count() == before + 2, "nothing was changed"
    assert stack.stack.merge_rule == TIES


def test_what_a_key_does_while_it_is_held_is_one_step(machine):
    stack, steps = machine.studio.stack, machine.studio.document.undo_stack
    stack.set_rule(TIES)
    before = steps.count()
    for burst, amounts in ((1, (0.25, 0.3)), (2, (0.35, 0.4))):
        for amount in amounts:
            stack.set_rule(MergeRule("ties", amount), burst)
    assert steps.count() == before + 2
    steps.undo()
    assert stack.stack.merge_rule == MergeRule("ties", 0.3)


def test_a_picture_is_made_by_the_rule_and_that_of_the_base_stays(machine):
    base, summed = shown(machine, "base"), shown(machine)
    machine.studio.stack.set_rule(TIES)
    machine.drain()
    assert shown(machine).merge_rule == TIES
    assert shown(machine).adapters == summed.adapters
    assert shown(machine, "base") == base
    machine.studio.stack.set_rule(SUM)
    machine.drain()
    assert shown(machine) == summed


def test_without_adapters_the_rule_makes_no_other_picture(machine):
    machine.studio.stack.set_rule(TIES)
    machine.studio.stack.all_off()
    machine.drain()
    assert shown(machine) == shown(machine, "base")


def test_drafts_of_a_held_fader_are_by_the_rule(machine):
    machine.studio.stack.set_rule(TIES)
    machine.drain()
    machine.studio.stack.begin_drag()
    machine.studio.stack.set_scale("manga", 0.75)
    machine.drain()
    draft = shown(machine)
    assert draft.is_draft
    assert (draft.merge_rule, draft.held) == (TIES, "")
    machine.studio.stack.end_drag()
    machine.drain()
    assert not shown(machine).is_draft
    assert shown(machine).merge_rule == TIES


def test_small_pictures_are_by_the_rule_too(machine):
    machine.studio.stack.set_rule(TIES)
    machine.drain()
    machine.studio.settings.change(shows_ablation=True)
    rest(machine)
    rules = [(len(r.adapters), r.merge_rule) for r in cells_submitted(machine)]
    assert rules
    assert {rule for _, rule in rules} == {TIES}


def test_snapshots_copies_and_frozen_panes_have_it(machine):
    studio = machine.studio
    studio.stack.set_rule(TIES)
    studio.snapshots.take()
    studio.places.duplicate()
    copy = studio.document.document.active
    assert studio.stack.stack.merge_rule == TIES
    studio.stack.set_rule(SUM)
    assert studio.document.document.pane("current").stack.merge_rule == TIES
    studio.snapshots.apply(studio.snapshots.snapshots[-1].snapshot_id)
    assert studio.document.document.pane(copy).stack.merge_rule == TIES


def test_a_picture_that_is_restored_brings_it_back(machine):
    studio = machine.studio
    studio.stack.set_rule(TIES)
    machine.drain()
    request = shown(machine)
    studio.stack.set_rule(SUM)
    machine.drain()
    studio.store.restore.restore(StoredPicture(key="k", record=ImageRecord(request=request)))
    machine.drain()
    assert studio.stack.stack.merge_rule == TIES
    assert shown(machine).merge_rule == TIES
