"""Asking a language model: nothing is sent or used without a click, and records say who wrote."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from loraviewer.bridge.words.prompt_writer import Stage
from loraviewer.core import infotext
from loraviewer.core.foreign.own import read_own
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.language_models import ModelServer
from loraviewer.core.request import CheckpointRef, GenerationRequest, PromptAuthor
from loraviewer.core.variants.draws import words_of
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.prompt.writer_window import WriterWindow
from tests.model_server import FakeModel, completion, raw
from tests.ui.fakes import Desk


@pytest.fixture
def model() -> Iterator[FakeModel]:
    fake = FakeModel()
    yield fake
    fake.close()


@pytest.fixture
def asking(window: MainWindow, controller: Desk, model: FakeModel) -> WriterWindow:
    """A window in which all is filled in, and nothing was asked."""
    controller.prompt.change(prompt="a girl")
    controller.prompt_writer.keep_server(model.server)
    window.actions_table["write_prompt"].trigger()
    (shown,) = window.findChildren(WriterWindow)
    QApplication.processEvents()
    field(shown, "Instruction").setText("other colours")
    return shown


def field(window: WriterWindow, name: str) -> QLineEdit:
    return next(w for w in window.findChildren(QLineEdit) if w.accessibleName() == name)


def click_ask(window: WriterWindow, qtbot: QtBot, stage: Stage = "answered") -> None:
    window.ask.click()
    assert window.stop.isEnabled()
    qtbot.waitUntil(lambda: window._writer.writing.stage == stage, timeout=20_000)


def lines(window: WriterWindow) -> list[str]:
    model = window.answers.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_nothing_is_sent_before_a_click_and_nothing_used_before_another(
    asking: WriterWindow, controller: Desk, model: FakeModel, qtbot: QtBot
) -> None:
    words = f"Ask sends to {model.host}: the prompt, the instruction and, where there is one, the"
    assert asking.target.text().startswith(words)
    assert model.requests == []
    before = controller.document.document
    click_ask(asking, qtbot)
    assert len(model.requests) == 1
    assert model.requests[0][2]["messages"][1]["content"].startswith("Prompt: a girl\n")
    assert lines(asking) == ["a red girl", "a blue girl"]
    assert controller.document.document == before
    asking.use.click()
    sampling = controller.prompt.sampling
    assert sampling.prompt == "a red girl"
    assert sampling.author == PromptAuthor(
        model="tiny", host=model.host, instruction="other colours"
    )
    controller.document.undo_stack.undo()
    assert (controller.prompt.sampling.prompt, controller.prompt.sampling.author) == (
        "a girl",
        None,
    )


def test_all_of_them_as_choices_of_the_seed(
    asking: WriterWindow, controller: Desk, qtbot: QtBot
) -> None:
    click_ask(asking, qtbot)
    asking.use_all.click()
    sampling = controller.prompt.sampling
    assert sampling.template == "{a red girl|a blue girl}"
    assert sampling.prompt == words_of(sampling.template, sampling.seed).text
    controller.prompt.change(seed=99)
    assert controller.prompt.sampling.author is not None


def test_what_a_person_edits_is_said_to_be_edited(
    asking: WriterWindow, controller: Desk, qtbot: QtBot, window: MainWindow
) -> None:
    click_ask(asking, qtbot)
    first = asking.answers.model().index(0, 0)
    asking.answers.model().setData(first, "a green girl")
    asking.use.click()
    author = controller.prompt.sampling.author
    assert author is not None
    assert author.is_edited
    assert "Written by tiny at 127.0.0.1" in window.prompt_panel.note.text()
    assert "and edited" in window.prompt_panel.note.text()
    controller.prompt.change(prompt="mine")
    assert controller.prompt.sampling.author is None
    assert "Written by" not in window.prompt_panel.note.text()


def test_a_line_is_left_out(asking: WriterWindow, qtbot: QtBot) -> None:
    click_ask(asking, qtbot)
    asking.answers.setFocus()
    QTest.keyClick(asking.answers, Qt.Key.Key_Delete)
    assert lines(asking) == ["a blue girl"]
    assert not asking.use_all.isEnabled()
    QTest.keyClick(asking.answers, Qt.Key.Key_Delete)
    assert not asking.use.isEnabled()


def test_the_record_says_who_wrote(asking: WriterWindow, controller: Desk, qtbot: QtBot) -> None:
    click_ask(asking, qtbot)
    asking.use.click()
    sampling = controller.prompt.sampling
    request = GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=sampling)
    record = ImageRecord(request=request)
    assert read_own(infotext.to_json(record)).author == sampling.author
    assert 'Prompt written by: "tiny at 127.0.0.1:' in infotext.to_a1111(record)


def test_an_error_is_one_sentence_and_what_came_before_stays(
    asking: WriterWindow, controller: Desk, model: FakeModel, qtbot: QtBot
) -> None:
    click_ask(asking, qtbot)
    model.answer = raw(b"", 401)
    click_ask(asking, qtbot, "failed")
    assert "refuses the key (401)" in asking.said.text()
    assert lines(asking) == ["a red girl", "a blue girl"]
    model.answer = completion("[]")
    field(asking, "Instruction").setText("something else")
    click_ask(asking, qtbot, "failed")
    assert "answered without a prompt" in asking.said.text()
    assert asking.ask.isEnabled()
    asking.use.click()
    author = controller.prompt.sampling.author
    assert author is not None
    assert (author.instruction, author.is_edited) == ("other colours", False)


def test_stop_hangs_up_and_what_comes_late_is_not_looked_at(
    asking: WriterWindow, model: FakeModel, qtbot: QtBot
) -> None:
    model.answer = model.wait
    asking.ask.click()
    qtbot.waitUntil(lambda: bool(model.requests), timeout=20_000)
    asking.stop.click()
    assert asking._writer.writing.stage == "idle"
    assert asking.said.text() == ""
    model.goes_on.set()
    model.answer = completion('["later"]')
    click_ask(asking, qtbot)
    assert lines(asking) == ["later"]


def test_closing_the_window_hangs_up(asking: WriterWindow, model: FakeModel, qtbot: QtBot) -> None:
    model.answer = model.wait
    writer = asking._writer
    asking.ask.click()
    asking.close()
    assert writer.writing.stage == "idle"


def test_a_key_of_the_environment_is_named_and_never_kept(
    asking: WriterWindow, controller: Desk, model: FakeModel, qtbot: QtBot, monkeypatch
) -> None:
    field(asking, "Key from").setText("TINY_MODEL_KEY")
    monkeypatch.delenv("TINY_MODEL_KEY", raising=False)
    asking.ask.click()
    assert "There is no environment variable TINY_MODEL_KEY" in asking.said.text()
    assert model.requests == []
    monkeypatch.setenv("TINY_MODEL_KEY", "secret")
    click_ask(asking, qtbot)
    assert model.requests[0][1]["Authorization"] == "Bearer secret"
    field(asking, "or key").setText("other")
    click_ask(asking, qtbot)
    assert model.requests[1][1]["Authorization"] == "Bearer other"
    kept = controller.settings.settings.language_server
    assert kept == ModelServer(
        address=f"http://{model.host}/v1", model="tiny", key_variable="TINY_MODEL_KEY"
    )


def test_what_cannot_be_asked_is_said_before(asking: WriterWindow) -> None:
    address = field(asking, "Address")
    address.setText("")
    assert "Write the address" in asking.target.text()
    field(asking, "Model").setText("")
    assert asking.target.text().startswith("Nothing is sent before")
    address.setText("http://example.org/v1")
    assert asking.target.text().startswith("Name the model")
    field(asking, "Model").setText("m")
    assert "to example.org, unencrypted: the prompt and" in asking.target.text()
    assert asking.ask.isEnabled()
    field(asking, "Instruction").setText(" ")
    assert not asking.ask.isEnabled()
