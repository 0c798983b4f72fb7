"""Words for the modules of text encoders that a base does not have."""

import pytest

from loraviewer.core.landing import Landing
from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.reports import AdapterReport, LostEncoder

T5, CLIP = LostEncoder("t5", 240, is_lacking=True), LostEncoder("clip", 4)


def report(count: int, *lost: LostEncoder) -> AdapterReport:
    names = tuple(map(str, range(count)))
    return AdapterReport(sha256="x", matched=("a",), unmatched=names, lost_encoders=lost)


@pytest.mark.parametrize(
    ("count", "lost", "family", "words"),
    [
        (9, (), "flux1", ""),
        (4, (CLIP,), "flux1", "4 of the text encoder CLIP"),
        (6, (CLIP,), "flux1", "4 of the text encoder CLIP, 2 others"),
        (
            240,
            (T5,),
            "chroma",
            "240 of the text encoder T5, which the base does not have",
        ),
        (
            244,
            (CLIP, T5),
            "sd3",
            "4 of the text encoder CLIP, 240 of the text encoder T5, which the base does not have; "
            "--components FOLDER gives it",
        ),
        (
            3,
            (LostEncoder("llm", 2, is_lacking=True), LostEncoder("other", 1, is_lacking=True)),
            "sd3",
            "2 of a language model and 1 of a text encoder, which the base does not have",
        ),
    ],
)
def test_which_encoders_were_lost(count, lost, family, words):
    assert lost_words(report(count, *lost), family) == words


def test_the_command_line_tells_them():
    landing = Landing(name="a", path="/a", report=report(240, T5), base_family="flux1")
    (note,) = landing.notes
    assert "240 not in the base, 240 of the text encoder T5, which the base does not have" in note
    assert "--components" in note
