"""Exports by processes: what they told, what failed, what was cancelled."""

import json
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from loraviewer.bridge.exporting.exporter import Exporter
from loraviewer.bridge.languages import WindowLanguage, shown
from loraviewer.core.exports import ExportSource, ExportWish, RankWish
from loraviewer.core.merge_rules import SUM
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from tests.bridge.exporting.programs import DONE, RANKS, program

PATIENCE_MS = 20_000
SOURCE = ExportSource(base="demo", adapters=(AppliedAdapter("a" * 64, 0.5, 0.5, "a"),), rule=SUM)
WISH = ExportWish(source=SOURCE, kind="adapter", path="out.safetensors")


def heard(signal: SignalBlocker) -> list[Any]:
    """What the signal came with."""
    assert signal.args is not None
    return signal.args


@pytest.fixture
def exporter(qapp):
    made: list[Exporter] = []

    def make(*arguments, **more) -> Exporter:
        made.append(Exporter(program(*arguments, **more)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def german(qapp):
    language = WindowLanguage(qapp, "de")
    yield language
    language.close()


def test_what_it_told_and_how_far_it_was(exporter, qtbot: QtBot):
    said = ("progress 0 pipeline", "progress 50 pipeline", "loraviewer: note: odd", "no progress 9")
    one, shown = exporter(DONE, said), []
    one.progressed.connect(lambda progress: shown.append((progress.what, progress.fraction)))
    with qtbot.waitSignal(one.done, timeout=PATIENCE_MS) as done:
        one.export(WISH)
        assert one.is_exporting
    (exported,) = heard(done)
    assert (exported.output, exported.relative_error) == ("out.safetensors", 0.25)
    assert exported.proof[0].largest_levels == 2
    assert shown == [("pipeline", 0.0), ("pipeline", 0.5)]
    assert not one.is_exporting


@pytest.mark.parametrize(
    ("told", "said", "status", "sentence"),
    [
        (None, ("loraviewer: note: odd", "loraviewer: “x”: is no base."), 1, "“x”: is no base."),
        (None, (), 137, "without a word"),
        ("no JSON", (), 0, "cannot be read"),
    ],
)
def test_a_failure_is_one_sentence(exporter, qtbot: QtBot, told, said, status, sentence):
    one = exporter(told, said, status=status)
    with qtbot.waitSignal(one.failed, timeout=PATIENCE_MS) as failed:
        one.export(WISH)
    assert sentence in heard(failed)[0]
    assert "\n" not in heard(failed)[0]


def test_a_failure_is_told_in_the_windows_language(exporter, qtbot: QtBot, german):
    said = say("“{path}” is empty; choose another file.", path="a.safetensors")
    lines = (f"said {json.dumps(said.data())}", f"loraviewer: {said}")
    one = exporter(None, lines, status=1)
    with qtbot.waitSignal(one.failed, timeout=PATIENCE_MS) as failed:
        one.export(WISH)
    assert heard(failed) == ["„a.safetensors“ ist leer; eine andere Datei wählen."]
    with qtbot.waitSignal(one.ranks_failed, timeout=PATIENCE_MS) as failed:
        one.ask_ranks(RankWish(source=SOURCE))
    assert heard(failed)[1] == "„a.safetensors“ ist leer; eine andere Datei wählen."


@pytest.mark.parametrize("line", ["said nothing", "said {}", "said [[[[", "said "])
def test_damaged_data_leaves_the_english(exporter, qtbot: QtBot, german, line: str):
    one = exporter(None, (line, "loraviewer: “x” is empty."), status=1)
    with qtbot.waitSignal(one.failed, timeout=PATIENCE_MS) as failed:
        one.export(WISH)
    assert heard(failed) == ["“x” is empty."]


def test_notes_can_be_said_in_another_language(exporter, qtbot: QtBot, german):
    note = say("{path}: neither ComfyUI nor diffusers reads {changes}", path="o", changes="x")
    one = exporter(DONE | {"notes": [note, "plain"], "said": [note.data(), None]})
    with qtbot.waitSignal(one.done, timeout=PATIENCE_MS) as done:
        one.export(WISH)
    assert heard(done)[0].notes == (note, "plain")
    assert shown(heard(done)[0].notes[0]) == "o: Weder ComfyUI noch diffusers liest x"


def test_a_program_that_is_not_there(qapp, qtbot: QtBot):
    one = Exporter(("/nowhere/to/be/found",))
    with qtbot.waitSignal(one.failed, timeout=PATIENCE_MS) as failed:
        one.export(WISH)
    assert "cannot begin" in heard(failed)[0]
    one.close()


def test_a_cancel_ends_it_and_another_may_begin(exporter, qtbot: QtBot):
    one = exporter(DONE, ("progress 1 writing",), waits=True)
    for _ in range(2):
        with qtbot.waitSignal(one.progressed, timeout=PATIENCE_MS):
            one.export(WISH)
        with qtbot.waitSignal(one.cancelled, timeout=PATIENCE_MS):
            one.cancel()
        assert not one.is_exporting


def test_only_the_last_question_about_ranks_is_answered(exporter, qtbot: QtBot):
    one, answered = exporter(RANKS), []
    one.ranks_told.connect(lambda wish, told: answered.append((wish.names, told.exact_rank)))
    one.ask_ranks(RankWish(source=SOURCE))
    one.ask_ranks(RankWish(source=SOURCE, names="kohya"))
    with qtbot.waitSignal(one.ranks_told, timeout=PATIENCE_MS) as told:
        one.ask_ranks(RankWish(source=SOURCE, names="peft"))
    assert answered == [("peft", 3)]
    assert heard(told)[1].rank_errors == {1: 0.5, 2: 0.1, 3: 0.0}


def test_closing_leaves_no_process(exporter, qtbot: QtBot):
    one = exporter(DONE, ("progress 1 writing",), waits=True)
    with qtbot.waitSignal(one.progressed, timeout=PATIENCE_MS):
        one.export(WISH)
    one.close()
    assert not one.is_exporting
