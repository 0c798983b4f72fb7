"""What an export says in a process of its own is shown in the window's language."""

import json
from collections.abc import Iterator

import pytest
import typer
from pytestqt.qtbot import QtBot

from loraviewer.bridge import languages
from loraviewer.bridge.exporting.exporter import Exporter
from loraviewer.bridge.languages import WindowLanguage
from loraviewer.cli_shared import failing_in_one_line, progress_lines
from loraviewer.core.exports import ExportSource, ExportWish
from loraviewer.core.merge_rules import SUM
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.ui.export.export_words import done_words, phase_words
from tests.bridge.exporting.programs import DONE, program

PATIENCE_MS = 20_000
SOURCE = ExportSource(base="demo", adapters=(AppliedAdapter("a" * 64, 0.5, 0.5, "a"),), rule=SUM)
WISH = ExportWish(source=SOURCE, kind="adapter", path="out.safetensors")
EMPTY = say("“{path}” is empty.", path="a.safetensors")
NOTE = say("{count} changes have no place", count=3)


@pytest.fixture
def german(qapp, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    table = {
        "“{path}” is empty.": "„{path}“ ist leer.",
        "{count} changes have no place": "{count} Änderungen haben keinen Platz",
        "reading layers": "liest Schichten",
    }
    monkeypatch.setattr(languages, "read_catalogues", lambda code: table)
    language = WindowLanguage(qapp, "de")
    yield
    language.close()


def line(sentence: object) -> str:
    return f"sentence {json.dumps(sentence)}"


def told_by(exporter: Exporter, signal: str, qtbot: QtBot) -> object:
    with qtbot.waitSignal(getattr(exporter, signal), timeout=PATIENCE_MS) as ended:
        exporter.export(WISH)
    exporter.close()
    assert ended.args is not None
    return ended.args[0]


def test_why_it_failed(german: None, qtbot: QtBot) -> None:
    said = (line(EMPTY.data()), f"loraviewer: {EMPTY}")
    told = told_by(Exporter(program(None, said, status=1)), "failed", qtbot)
    assert told == "„a.safetensors“ ist leer."


def test_what_cannot_be_read_is_passed_over(german: None, qtbot: QtBot) -> None:
    said = ("sentence {", line({"pattern": 3}), f"loraviewer: {EMPTY}")
    told = told_by(Exporter(program(None, said, status=1)), "failed", qtbot)
    assert told == EMPTY


def test_notes_and_what_it_does(german: None, qtbot: QtBot) -> None:
    doing = say("reading layers")
    said = (line(doing.data()), f"progress 40 {doing}", line(NOTE.data()))
    exporter, phases = Exporter(program(DONE | {"notes": [NOTE]}, said)), []
    exporter.progressed.connect(lambda progress: phases.append(phase_words(progress.what)))
    done = told_by(exporter, "done", qtbot)
    assert phases == ["liest Schichten"]
    assert "3 Änderungen haben keinen Platz." in done_words(done)  # pyright: ignore[reportArgumentType]


def test_a_command_tells_what_its_sentences_are_made_of(capsys) -> None:
    with pytest.raises(typer.Exit), failing_in_one_line(as_lines=True):
        raise FileError(EMPTY)
    first, second = capsys.readouterr().err.splitlines()
    assert first == line(EMPTY.data())
    assert second == f"loraviewer: {EMPTY}"


def test_for_people_it_tells_english_alone(capsys) -> None:
    with pytest.raises(typer.Exit), failing_in_one_line():
        raise FileError(EMPTY)
    assert capsys.readouterr().err == f"loraviewer: {EMPTY}\n"


def test_progress_tells_a_sentence_once(capsys) -> None:
    show, doing = progress_lines(), say("reading layers")
    for fraction in (0.1, 0.2):
        show(doing, fraction)
    show("writing", 0.0)
    assert capsys.readouterr().err.splitlines() == [
        line(doing.data()), "progress 10 reading layers", "progress 20 reading layers",
        "progress 0 writing",
    ]  # fmt: skip
