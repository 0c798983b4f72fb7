from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.reports import AdapterSummary, CheckpointInfo
from loraviewer.core.request import MAX_SEED, Sampling, WordReading
from loraviewer.core.stack import StackEntry
from loraviewer.core.unread import TokenCount, Unread
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.prompt.prompt_fields import (
    SizeBox,
    size_presets,
    unknown_words,
)
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.number_box import NumberBox
from tests.ui.fakes import DEMO, Desk

Field = TypeVar("Field", bound=QWidget)


@pytest.fixture
def panel(qtbot: QtBot, controller: Desk) -> PromptPanel:
    made = PromptPanel(controller.prompt, controller.base, controller.triggers)
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
    assert controller.document.undo_stack.count() == 1


def test_enter_sends_at_once(panel: PromptPanel, controller: Desk) -> None:
    line = field(panel, QLineEdit, "Without")
    QTest.keyClicks(line, "fog")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert controller.prompt.sampling.negative_prompt == "fog"


def test_seeds_beyond_32_bits_survive(panel: PromptPanel, controller: Desk) -> None:
    seed = field(panel, NumberBox, "Seed")
    controller.prompt.change(seed=MAX_SEED)
    assert seed.number() == MAX_SEED
    seed.selectAll()
    QTest.keyClicks(seed, str(2**40 + 1))
    QTest.keyClick(seed, Qt.Key.Key_Up)
    QTest.keyClick(seed, Qt.Key.Key_Return)
    assert controller.prompt.sampling.seed == 2**40 + 2


NUMBERS = {"Seed": "seed", "Steps": "steps", "Guidance": "guidance_scale"}


def type_over(box: NumberBox, text: str) -> None:
    """As an input method or the clipboard does; `textEdited` tells of a key."""
    box.selectAll()
    box.lineEdit().insert(text)
    box.lineEdit().textEdited.emit(text)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "text", ["5²", "٣", "５", "1_0", "1 0", "-1", "nan", "inf", "1e400", "9" * 5000, str(2**63)]
)
def test_what_is_no_number_is_explained_and_not_sent(
    panel: PromptPanel, controller: Desk, name: str, text: str
) -> None:
    before = controller.prompt.sampling
    box = field(panel, NumberBox, name)
    type_over(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert controller.prompt.sampling == before
    assert controller.document.undo_stack.count() == 0
    assert panel.note.text().startswith(f"{name} must be a number between ")
    assert panel.note.text().endswith(("”.", "…”."))
    type_over(box, "9")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert getattr(controller.prompt.sampling, NUMBERS[name]) == 9
    assert panel.note.text() == ""


@pytest.mark.parametrize(
    ("typed", "value"), [("4,5", 4.5), ("4.25", 4.25), ("-0", 0.0), (" 7 ", 7.0), ("1e1", 10.0)]
)
def test_a_guidance_is_taken_as_it_is_written(panel, controller, typed: str, value: float) -> None:
    box = field(panel, NumberBox, "Guidance")
    box.selectAll()
    QTest.keyClicks(box, typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert controller.prompt.sampling.guidance_scale == value
    assert "-0" not in box.text()


@pytest.mark.parametrize("language", [QLocale.Language.German, QLocale.Language.English])
@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("7.5", 7.5, "7.5"), ("7,5", 7.5, "7.5"), ("3.25", 3.25, "3.25"), ("3,25", 3.25, "3.25"),
        ("1.000", 1.0, "1.0"), ("1,000", 1.0, "1.0"), ("3.14159265", 3.14159265, "3.14159265"),
    ],
)  # fmt: skip
def test_comma_and_point_are_decimals_in_every_locale(
    qtbot: QtBot, controller: Desk, language, typed: str, value: float, shown: str
) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        panel = PromptPanel(controller.prompt, controller.base, controller.triggers)
        qtbot.addWidget(panel)
        panel.note.setParent(panel)
        panel.show()
        box = field(panel, NumberBox, "Guidance")
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert controller.prompt.sampling.guidance_scale == value
        assert box.text() == shown.replace(".", QLocale(language).decimalPoint())
        QTest.keyClick(box, Qt.Key.Key_Up)
        panel.commit()
        assert controller.prompt.sampling.guidance_scale == pytest.approx(value + 0.5, abs=1e-9)
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize("text", ["1.000,5", "1,000.5", "1 000", "1'000"])
def test_nothing_groups_digits(panel: PromptPanel, controller: Desk, text: str) -> None:
    before = controller.prompt.sampling
    for name in NUMBERS:
        type_over(field(panel, NumberBox, name), text)
        panel.commit()
        assert panel.note.text().endswith(f"not “{text}”.")
        assert controller.prompt.sampling == before
        type_over(field(panel, NumberBox, name), "")
        panel.commit()


def test_digits_beyond_those_that_fit_are_kept(panel: PromptPanel, controller: Desk) -> None:
    controller.prompt.change(guidance_scale=1 / 3)
    box = field(panel, NumberBox, "Guidance")
    assert box.number() == 1 / 3
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert controller.prompt.sampling.guidance_scale == 1 / 3
    assert controller.document.undo_stack.count() == 1


@pytest.mark.parametrize("name", NUMBERS)
def test_what_cannot_be_used_is_told_as_long_as_it_stands_there(
    panel: PromptPanel, controller: Desk, name: str
) -> None:
    box = field(panel, NumberBox, name)
    type_over(box, "1e308")
    QTest.keyClick(box, Qt.Key.Key_Return)
    sentence = panel.note.text()
    assert sentence.startswith(f"{name} must be a number")
    controller.prompt.change(prompt="a frog")
    controller.document.undo_stack.undo()
    controller.use_checkpoint()
    assert box.text() == "1e308"
    assert panel.note.text() == sentence


@pytest.mark.parametrize("text", ["512x5²", "٣٢x64", "5_1x64", "512", "x", "5" * 5000, "64x-8"])
def test_what_is_no_size_is_explained_and_not_sent(
    panel: PromptPanel, controller: Desk, text: str
) -> None:
    line = only(panel, SizeBox).lineEdit()
    assert line is not None
    line.setText(text)
    line.textEdited.emit(text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert controller.document.undo_stack.count() == 0
    assert panel.note.text().startswith("A size is written WIDTHxHEIGHT, as 512x512, not “")


def test_a_field_that_is_emptied_waits_and_is_put_back_when_it_is_left(
    panel: PromptPanel, controller: Desk
) -> None:
    for box in (field(panel, NumberBox, name) for name in NUMBERS):
        shown = box.text()
        type_over(box, "")
        panel.commit()
        assert box.text() == ""
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert box.text() == shown
    assert controller.document.undo_stack.count() == 0


def test_a_held_arrow_is_one_step_however_late_it_repeats(
    qtbot: QtBot, panel: PromptPanel, controller: Desk
) -> None:
    box = field(panel, NumberBox, "Steps")
    pause = panel.findChild(QTimer)
    assert pause is not None
    QTest.keyPress(box, Qt.Key.Key_Up)
    pause.timeout.emit()
    QTest.keyPress(box, Qt.Key.Key_Up)
    assert controller.document.undo_stack.count() == 0
    with qtbot.waitSignal(controller.prompt.sampling_changed):
        QTest.keyRelease(box, Qt.Key.Key_Up)
    assert controller.prompt.sampling.steps == Sampling().steps + 2
    assert controller.document.undo_stack.count() == 1


def test_a_render_with_a_free_seed_is_one_step(panel: PromptPanel, controller) -> None:
    QTest.mouseClick(field(panel, QWidget, "Keep the seed"), Qt.MouseButton.LeftButton)
    QTest.keyClicks(field(panel, QLineEdit, "Prompt"), "fog")
    panel.prepare_render()
    assert controller.document.undo_stack.count() == 1
    assert controller.prompt.sampling.prompt == "fog"
    assert controller.prompt.sampling.seed != Sampling().seed


def test_only_edited_fields_are_sent(panel: PromptPanel, controller: Desk) -> None:
    controller.prompt.change(guidance_scale=4.25)
    type_over(field(panel, NumberBox, "Steps"), "12")
    panel.commit()
    sampling = controller.prompt.sampling
    assert (sampling.steps, sampling.guidance_scale) == (12, 4.25)


def test_fields_follow_undo(panel: PromptPanel, controller: Desk) -> None:
    controller.prompt.change(guidance_scale=9.0, sampler="Euler", width=256, height=192)
    assert field(panel, NumberBox, "Guidance").number() == 9.0
    assert only(panel, SizeBox).size_px() == (256, 192)
    controller.document.undo_stack.undo()
    assert field(panel, NumberBox, "Guidance").number() == Sampling().guidance_scale
    assert only(panel, SizeBox).currentText() == "128×128"


def test_a_size_that_cannot_be_rendered_is_explained_and_not_sent(
    panel: PromptPanel, controller: Desk
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


def test_trigger_words_of_applied_adapters_are_known(panel: PromptPanel, controller: Desk) -> None:
    controller.use_checkpoint()
    QTest.keyClicks(field(panel, QLineEdit, "Prompt"), "party, a Dragon")
    assert panel.note.text() == "Demo doesn’t know: party, dragon"
    row = StackEntry(entry_id="p", name="party", path="/party.safetensors", sha256="p" * 64)
    controller.stack.add(row)
    controller.learn_summary(
        AdapterSummary(path=row.path, name=row.name, sha256=row.sha256, trigger_words=("Party",))
    )
    assert panel.note.text() == "Demo doesn’t know: dragon"
    controller.stack.set_enabled(row.entry_id, False)
    assert panel.note.text() == "Demo doesn’t know: party, dragon"
    panel.commit()


def test_words_that_hold_a_sentence_together_are_not_missed(panel, controller) -> None:
    controller.use_checkpoint()
    QTest.keyClicks(field(panel, QLineEdit, "Prompt"), "a girl and a cat with their Dragon")
    assert panel.note.text() == "Demo doesn’t know: dragon"
    panel.commit()


class FirstWords:
    """Reads the first two words of a prompt, and no negative prompt at a guidance of 1 or less."""

    reads_weights = False

    def count(self, text: str, words: WordReading) -> TokenCount:
        return TokenCount(tokens=len(text.split()), limit=2)

    def unread(self, sampling: Sampling) -> tuple[Unread, ...]:
        found = []
        if rest := " ".join(sampling.prompt.split()[2:]):
            found.append(Unread(words=rest, limit=2))
        if sampling.negative_prompt and sampling.guidance_scale <= 1.0:
            words = sampling.negative_prompt
            found.append(Unread(words=words, is_negative=True, reason="guidance"))
        return tuple(found)


def test_words_that_are_not_read_are_named_while_typing(panel, controller) -> None:
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=FirstWords()))
    line = field(panel, QLineEdit, "Prompt")
    QTest.keyClicks(line, "a girl in green")
    assert controller.prompt.sampling.prompt == "", "not sent yet"
    assert panel.note.text() == "Shorten the prompt; not read (beyond 2 tokens): in green"
    line.setText("a girl")
    line.textEdited.emit("a girl")
    assert panel.note.text() == ""
    panel.commit()


def test_a_negative_prompt_that_does_not_count_is_told_while_typing(panel, controller) -> None:
    controller.use_checkpoint(msgspec.structs.replace(big_checkpoint(), prompts=FirstWords()))
    QTest.keyClicks(field(panel, QLineEdit, "Without"), "fog")
    assert panel.note.text() == ""
    type_over(field(panel, NumberBox, "Guidance"), "1")
    assert panel.note.text() == "Raise the guidance above 1 to have “Without” read: fog"
    panel.commit()


@pytest.mark.parametrize("name", ["Prompt", "Without"])
def test_commands_of_other_programs_are_told_while_typing(panel, controller, name: str) -> None:
    controller.use_checkpoint(big_checkpoint())
    controller.prompt.change(words="plain")
    QTest.keyClicks(field(panel, QLineEdit, name), "a (girl:1.3)")
    assert panel.note.text() == "Read as letters: “(girl:1.3)”; write plain words instead."
    panel.commit()
    controller.prompt.change(words="weighted")
    assert panel.note.text() == ""


def test_a_checkpoint_without_a_word_list_says_nothing(panel: PromptPanel, controller) -> None:
    controller.use_checkpoint(big_checkpoint())
    controller.prompt.change(prompt="a dragon")
    assert panel.note.text() == ""


def asked_seed(controller: Desk) -> int:
    """Of the picture that the engine was asked for last."""
    work = controller.works[-1]
    assert isinstance(work, RenderJob)
    return work.request.sampling.seed


def test_an_unlocked_seed_changes_at_each_explicit_render(
    window: MainWindow, controller: Desk
) -> None:
    render = window.actions_table["render"]
    render.trigger()
    assert asked_seed(controller) == 7
    lock = field(window.prompt_panel, QWidget, "Keep the seed")
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    render.trigger()
    assert asked_seed(controller) == controller.prompt.sampling.seed
    assert controller.prompt.sampling.seed != 7


def test_words_are_compared_without_case_and_once() -> None:
    known = frozenset({"a", "cat"})
    assert unknown_words("A cat, CASTLE 3 castle it's", known) == ["castle", "it's"]


def test_presets_fit_the_checkpoint() -> None:
    assert size_presets(DEMO) == [(128, 128)]
    assert size_presets(big_checkpoint()) == [(512, 512), (512, 768), (768, 512)]


def big_checkpoint() -> CheckpointInfo:
    return CheckpointInfo(
        source="/sd15", name="sd15", identity="e" * 64, family="SD 1.x", device="cpu",
        dtype="float32", parameters=1, weight_bytes=1, default_width=512, default_height=512,
    )  # fmt: skip
