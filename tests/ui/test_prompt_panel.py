from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.request import MAX_SEED, Sampling
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.prompt.prompt_fields import (
    SeedEdit,
    SizeBox,
    parsed_size,
    size_presets,
    unknown_words,
)
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.widgets.choice_box import ChoiceBox
from tests.ui.fakes import DEMO, FakeController

Field = TypeVar("Field", bound=QWidget)


@pytest.fixture
def panel(qtbot: QtBot, controller: FakeController) -> PromptPanel:
    made = PromptPanel(controller)  # pyright: ignore[reportArgumentType]
    qtbot.addWidget(made)
    made.note.setParent(made)
    made.resize(1100, 80)
    made.show()
    return made


def field(panel: PromptPanel, kind: type[Field], name: str) -> Field:
    return next(w for w in panel.findChildren(kind) if w.accessibleName() == name)


def only(panel: PromptPanel, kind: type[Field]) -> Field:
    (found,) = panel.findChildren(kind)
    return found


def test_typing_is_sent_after_a_pause(qtbot: QtBot, panel: PromptPanel, controller) -> None:
    line = field(panel, QLineEdit, "Prompt")
    with qtbot.waitSignal(controller.prompt.sampling_changed):
        QTest.keyClicks(line, "a cat")
        assert controller.prompt.sampling.prompt == ""
    assert controller.prompt.sampling.prompt == "a cat"
    assert controller.undo_stack.count() == 1


def test_enter_sends_at_once(panel: PromptPanel, controller: FakeController) -> None:
    line = field(panel, QLineEdit, "Without")
    QTest.keyClicks(line, "fog")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert controller.prompt.sampling.negative_prompt == "fog"


def test_seeds_beyond_32_bits_survive(panel: PromptPanel, controller: FakeController) -> None:
    seed = only(panel, SeedEdit)
    controller.prompt.change(seed=MAX_SEED)
    assert seed.seed() == MAX_SEED
    seed.selectAll()
    QTest.keyClicks(seed, str(2**40 + 1))
    QTest.keyClick(seed, Qt.Key.Key_Up)
    QTest.keyClick(seed, Qt.Key.Key_Return)
    assert controller.prompt.sampling.seed == 2**40 + 2


def test_no_seed_beyond_the_largest_can_be_typed(panel: PromptPanel) -> None:
    seed = only(panel, SeedEdit)
    seed.set_seed(7)
    seed.selectAll()
    QTest.keyClicks(seed, str(MAX_SEED + 1))
    assert seed.seed() <= MAX_SEED
    panel.commit()


def test_only_edited_fields_are_sent(panel: PromptPanel, controller: FakeController) -> None:
    controller.prompt.change(guidance_scale=4.25)
    field(panel, QSpinBox, "Steps").setValue(12)
    panel.commit()
    sampling = controller.prompt.sampling
    assert (sampling.steps, sampling.guidance_scale) == (12, 4.25)


def test_fields_follow_undo(panel: PromptPanel, controller: FakeController) -> None:
    controller.prompt.change(guidance_scale=9.0, sampler="Euler", width=256, height=192)
    assert field(panel, QDoubleSpinBox, "Guidance").value() == 9.0
    assert only(panel, SizeBox).size_px() == (256, 192)
    controller.undo_stack.undo()
    assert field(panel, QDoubleSpinBox, "Guidance").value() == Sampling().guidance_scale
    assert only(panel, SizeBox).currentText() == "128×128"


def test_a_size_that_cannot_be_rendered_is_explained_and_not_sent(
    panel: PromptPanel, controller: FakeController
) -> None:
    line = only(panel, SizeBox).lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "9000x128")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert controller.prompt.sampling.width == 128
    assert "between 8 and 4096" in panel.note.text()
    line.selectAll()
    QTest.keyClicks(line, "136x128")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert controller.prompt.sampling.width == 136
    assert panel.note.text() == ""


def test_a_size_is_rounded_to_what_the_base_can_do(panel: PromptPanel, controller) -> None:
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), size_multiple=64))
    box = only(panel, SizeBox)
    line = box.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "700x1000")
    QTest.keyClick(line, Qt.Key.Key_Return)
    sampling = controller.prompt.sampling
    assert (sampling.width, sampling.height) == (704, 1024)
    assert box.currentText() == "704×1024"
    assert "64" in box.toolTip()


def test_only_samplers_of_the_base_are_offered(panel: PromptPanel, controller) -> None:
    flow = msgspec.structs.replace(
        big_checkpoint(), samplers=("Euler", "LCM"), default_sampler="Euler"
    )
    controller.use_checkpoint(flow)
    box = only(panel, ChoiceBox)
    assert [box.itemText(i) for i in range(box.count())] == ["Euler", "LCM"]


def test_unknown_words_are_named_while_typing(panel: PromptPanel, controller) -> None:
    controller.use_checkpoint()
    QTest.keyClicks(field(panel, QLineEdit, "Prompt"), "a Dragon, on a green castle")
    assert panel.note.text() == "Demo doesn’t know: dragon, castle"
    panel.commit()


def test_a_checkpoint_without_a_word_list_says_nothing(panel: PromptPanel, controller) -> None:
    controller.use_checkpoint(big_checkpoint())
    controller.prompt.change(prompt="a dragon")
    assert panel.note.text() == ""


def test_an_unlocked_seed_changes_at_each_explicit_render(
    window: MainWindow, controller: FakeController
) -> None:
    render = window.actions_table["render"]
    render.trigger()
    assert controller.calls[-1] == ("render", 7)
    lock = field(window.prompt_panel, QWidget, "Keep the seed")
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    render.trigger()
    assert controller.calls[-1] == ("render", controller.prompt.sampling.seed)
    assert controller.prompt.sampling.seed != 7


def test_words_are_compared_without_case_and_once() -> None:
    known = frozenset({"a", "cat"})
    assert unknown_words("A cat, CASTLE 3 castle it's", known) == ["castle", "it's"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("640x480", (640, 480)), (" 640 × 480 ", (640, 480)), ("640 480", (640, 480)), ("big", None)],
)
def test_sizes_are_read_however_they_are_written(text: str, size) -> None:
    assert parsed_size(text) == size


def test_presets_fit_the_checkpoint() -> None:
    assert size_presets(DEMO) == [(128, 128)]
    assert size_presets(big_checkpoint()) == [(512, 512), (512, 768), (768, 512)]


def big_checkpoint() -> CheckpointInfo:
    return CheckpointInfo(
        path="/sd15", name="sd15", identity="e" * 64, family="SD 1.x", device="cpu",
        dtype="float32", parameters=1, weight_bytes=1, default_width=512, default_height=512,
    )  # fmt: skip
