import msgspec
import pytest
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import StackEntry


@pytest.fixture
def document(qapp) -> DocumentModel:
    return DocumentModel()


@pytest.fixture
def undo_stack(document) -> QUndoStack:
    return document.undo_stack


@pytest.fixture
def model(document) -> StackModel:
    model = StackModel(document)
    for name in ("manga", "birds", "neon"):
        model.add(StackEntry(entry_id=name, name=name, path=name, sha256=name))
    return model


EDITS = [
    lambda m: m.add(StackEntry(entry_id="x", name="x", path="x", sha256="x"), 1),
    lambda m: m.add_all([StackEntry(entry_id=i, name=i, path=i, sha256=i) for i in "xyz"]),
    lambda m: m.remove("birds"),
    lambda m: m.move("neon", 0),
    lambda m: m.set_enabled("manga", False),
    lambda m: m.set_solo("manga", True),
    lambda m: m.set_scale("manga", 15.0),
    lambda m: m.set_text_scale("manga", 0.25),
    lambda m: m.set_block_scales("manga", {"IN04": 0.5}),
    lambda m: m.set_master(0.5),
    lambda m: m.all_off(),
]


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_one_step_that_undoes_and_redoes(model, undo_stack, edit):
    before, steps = model.stack, undo_stack.count()
    edit(model)
    after = model.stack
    assert after != before
    assert undo_stack.count() == steps + 1
    assert undo_stack.undoText()
    undo_stack.undo()
    assert model.stack == before
    undo_stack.redo()
    assert model.stack == after


def test_a_whole_drag_is_one_step(model, undo_stack):
    before, steps = model.stack, undo_stack.count()
    model.begin_drag()
    for tick in range(60):
        model.set_scale("manga", tick / 60)
    model.end_drag()
    assert undo_stack.count() == steps + 1
    undo_stack.undo()
    assert model.stack == before


def test_two_drags_are_two_steps(model, undo_stack):
    steps = undo_stack.count()
    for values in ((0.1, 0.2), (0.3, 0.4)):
        model.begin_drag()
        for value in values:
            model.set_scale("manga", value)
        model.end_drag()
    assert undo_stack.count() == steps + 2
    undo_stack.undo()
    assert model.stack.entry("manga").scale == 0.2


def test_a_drag_that_comes_back_leaves_no_step(model, undo_stack):
    before, steps = model.stack, undo_stack.count()
    model.begin_drag()
    model.set_scale("manga", 0.5)
    model.set_scale("manga", 1.0)
    model.end_drag()
    assert undo_stack.count() == steps
    assert model.stack == before


def test_equal_values_are_no_step_and_no_signal(model, undo_stack, qtbot):
    steps = undo_stack.count()
    with qtbot.assertNotEmitted(model.stack_changed):
        model.set_scale("manga", 1.0)
        model.set_enabled("manga", True)
    assert undo_stack.count() == steps


def test_prompt_changes_undo(document, undo_stack):
    prompt = PromptModel(document)
    prompt.change(prompt="a girl", seed=2**62)
    prompt.change(steps=4)
    undo_stack.undo()
    assert (prompt.sampling.seed, prompt.sampling.steps) == (2**62, 10)
    undo_stack.undo()
    assert prompt.sampling.prompt == ""
    prompt.change(prompt="")
    assert undo_stack.index() == 0


def test_undo_takes_back_its_own_edit_and_nothing_installed_since(document, model, undo_stack):
    """As where a base is loaded after an edit, and asks for another size."""
    prompt = PromptModel(document)
    prompt.change(prompt="a girl", seed=3)
    model.set_scale("manga", 0.5)
    prompt.reset(msgspec.structs.replace(prompt.sampling, width=1024, height=1024))
    undo_stack.undo()
    assert model.stack.entry("manga").scale == 1.0
    assert (prompt.sampling.prompt, prompt.sampling.width) == ("a girl", 1024)
    undo_stack.undo()
    assert (prompt.sampling.prompt, prompt.sampling.seed) == ("", 7)
    assert prompt.sampling.width == 1024
    undo_stack.redo()
    undo_stack.redo()
    assert (prompt.sampling.prompt, prompt.sampling.seed) == ("a girl", 3)
    assert model.stack.entry("manga").scale == 0.5


def test_a_drag_takes_back_nothing_that_was_installed_in_its_middle(document, model, undo_stack):
    """As where a base that was loading arrives while a fader is held."""
    prompt = PromptModel(document)
    before = prompt.sampling
    model.begin_drag()
    model.set_scale("manga", 0.5)
    prompt.reset(msgspec.structs.replace(before, width=1024, steps=25))
    model.set_scale("manga", 0.7)
    model.end_drag()
    undo_stack.undo()
    assert model.stack.entry("manga").scale == 1.0
    assert (prompt.sampling.width, prompt.sampling.steps) == (1024, 25)
    undo_stack.redo()
    assert model.stack.entry("manga").scale == 0.7
    assert (prompt.sampling.width, prompt.sampling.steps) == (1024, 25)


def test_insisting_is_a_step_of_its_own(model, undo_stack):
    steps = undo_stack.count()
    model.set_enabled("manga", True, insisted_on="a base")
    assert model.stack.entry("manga").insisted_on == "a base"
    assert undo_stack.count() == steps + 1
    undo_stack.undo()
    assert model.stack.entry("manga").insisted_on == ""


def test_the_base_pane_holds_no_adapters(document, model):
    on_base = msgspec.structs.replace(document.document, active="base")
    document.install(on_base)
    assert model.stack.entries == ()
    with pytest.raises(ValueError, match="shows the base"):
        model.set_master(0.5)
