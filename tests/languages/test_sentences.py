"""A sentence is its English text, and can be said in another language."""

import copy
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.encodable import encodable, encode_json, plain
from loraviewer.core.outcome import Failure, FailureKind, FileError, text_of
from loraviewer.core.sentences import (
    Sentence,
    figure,
    going_on,
    say,
    together,
    with_and,
    with_or,
)

GERMAN = {
    "“{path}” is empty.": "„{path}“ ist leer.",
    "Row {at}: {why}": "Zeile {at}: {why}",
    "it is muted": "sie ist stumm",
}


def german(pattern: str) -> str:
    return GERMAN.get(pattern, "")


def test_it_is_its_english() -> None:
    said = say("“{path}” is empty.", path="a.safetensors")
    assert said == "“a.safetensors” is empty."
    assert hash(said) == hash("“a.safetensors” is empty.")


def test_values_may_be_sentences() -> None:
    said = say("Row {at}: {why}", at=3, why=say("it is muted"))
    assert said == "Row 3: it is muted"
    assert said.said_by(german) == "Zeile 3: sie ist stumm"


def test_what_is_not_known_stays_english() -> None:
    assert say("Row {at}: {why}", at=3, why=say("new here")).said_by(german) == "Zeile 3: new here"


def test_several_are_each_in_their_language() -> None:
    both = together([say("it is muted"), say("“{path}” is empty.", path="x"), "plain {text}"])
    assert both == "it is muted “x” is empty. plain {text}"
    assert both.said_by(german) == "sie ist stumm „x“ ist leer. plain {text}"
    assert together([], ", ") == ""


@given(st.text(), st.text())
def test_values_are_never_read_as_patterns(path: str, why: str) -> None:
    said = say("“{path}” is empty.", path=path)
    assert said == f"“{path}” is empty."
    assert together([said, why], "; ").said_by(german) == f"„{path}“ ist leer.; {why}"


def test_copies_can_be_translated_too() -> None:
    said = say("Row {at}: {why}", at=3, why=say("it is muted"))
    for copied in (copy.copy(said), copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert copied.said_by(german) == "Zeile 3: sie ist stumm"


def test_its_data_crosses_to_other_processes() -> None:
    said = say("Row {at}: {why}", at=3, why=say("it is muted"))
    read = Sentence.from_data(msgspec.json.decode(msgspec.json.encode(said.data())))
    assert read == said
    assert read is not None
    assert read.said_by(german) == "Zeile 3: sie ist stumm"


@pytest.mark.parametrize(
    "data",
    [None, 3, "text", {}, {"pattern": 3, "values": {}}, {"pattern": "{a}", "values": {}},
     {"pattern": "{", "values": {}}, {"pattern": "{a.b}", "values": {"a": 1}},
     {"pattern": "{a}", "values": {"a": {"pattern": "{b}", "values": {}}}}],
)  # fmt: skip
def test_other_data_is_none(data: object) -> None:
    assert Sentence.from_data(data) is None


def test_json_holds_its_english() -> None:
    failure = Failure(FailureKind.FILE, say("“{path}” is empty.", path="x\udcff"))
    assert msgspec.json.decode(encode_json(failure))["message"] == "“x�” is empty."
    assert type(plain({"why": say("it is muted")})["why"]) is str


def test_errors_keep_the_sentence() -> None:
    error = FileError(say("“{path}” is empty.", path="x"))
    for text in (error.message, error.failure().message, text_of(error)):
        assert isinstance(text, Sentence)
    assert str(error) == "“x” is empty."


def test_a_sentence_that_goes_on_has_no_full_stop_in_any_language() -> None:
    why = going_on(say("“{path}” is empty.", path="x"))
    assert why == "“x” is empty"
    copies = [why, pickle.loads(pickle.dumps(why))]
    copies.append(Sentence.from_data(say("{why}", why=why).data()) or "")
    for copied in copies:
        told = say("Row {at}: {why}", at=3, why=copied)
        assert told == "Row 3: “x” is empty"
        assert told.said_by(german) == "Zeile 3: „x“ ist leer"
    assert going_on("no sentence.") == "no sentence"


def test_words_between_several_are_said_too() -> None:
    both = {"and": "und", "or": "oder", **GERMAN}
    told = with_and([say("it is muted"), "x", "y"])
    assert told == "it is muted and x and y"
    assert told.said_by(lambda pattern: both.get(pattern, "")) == "sie ist stumm und x und y"
    assert with_or(["x", "y"]).said_by(lambda pattern: both.get(pattern, "")) == "x oder y"
    assert with_or(["x"]) == "x"
    assert with_and([]) == ""


def test_values_can_be_changed() -> None:
    said = say("Row {at}: {why}", at=3, why=say("“{path}” is empty.", path="a"))
    changed = said.with_texts(str.upper)
    assert changed == "Row 3: “A” is empty."
    assert changed.said_by(german) == "Zeile 3: „A“ ist leer."


def test_names_that_are_no_text_leave_it_a_sentence() -> None:
    said = encodable(say("“{path}” is empty.", path="x\udcff"))
    assert said == "“x�” is empty."
    assert isinstance(said, Sentence)
    assert said.said_by(german) == "„x�“ ist leer."


def test_figures_have_the_mark_of_the_language_and_names_keep_their_points() -> None:
    told = together(("v1.5", figure("-.7 (−.9 … 1.25)")))
    assert told == "v1.5 -.7 (−.9 … 1.25)"
    assert told.said_by(german, ",") == "v1.5 -0,7 (−0,9 … 1,25)"
    assert told.said_by(german) == told
    needed = say("It needs {needed:.1f} GB.", needed=1.25)
    assert needed.said_by(german, ",") == "It needs 1,2 GB."
    assert needed.said_by(german) == "It needs 1.2 GB."
    read = Sentence.from_data(told.data())
    assert read is not None
    assert read.said_by(german, ",") == "v1.5 -0,7 (−0,9 … 1,25)"
