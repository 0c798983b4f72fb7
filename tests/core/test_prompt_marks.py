"""Letters of a prompt that command something; known answers."""

import pytest

from loraviewer.core.prompt_marks import marks


def told(prompt: str, *, weighs: bool = True) -> list[tuple[str, str]]:
    found = marks(prompt, weighs=weighs)
    return [(prompt[m.start : m.start + m.length], m.kind) for m in found]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a plain cat", []),
        ("a (cat:1.3)", [("(", "weight"), (":1.3)", "weight")]),
        ("[a (b)]", [("[", "weight"), ("(", "weight"), (")", "weight"), ("]", "weight")]),
        ("an (open one", [("(", "weight")]),
        ("closes nothing) at all]:1.2)", []),
        (r"\(letters\)", []),
        ("[from:to:0.5] and [a|b]", []),
        ("one BREAK two BREAKS", [("BREAK", "break")]),
        ("{red|blue}", [("{", "choice"), ("|", "choice"), ("}", "choice")]),
        ("{2::red|1::blue}", [("{2::", "choice"), ("|1::", "choice"), ("}", "choice")]),
        ("{2$$a|b|c}", [("{2$$", "choice"), ("|", "choice"), ("|", "choice"), ("}", "choice")]),
        ("{no choice} a | b {open|", []),
        ("{a|{b|c}}", [("{", "choice"), ("|", "choice"), ("{", "choice"), ("|", "choice"),
                       ("}", "choice"), ("}", "choice")]),
        ("a __colour/dark__ cat __", [("__colour/dark__", "wildcard")]),
        ("<lora:manga:0.8>, <other:x>", [("<lora:manga:0.8>", "adapter")]),
        ("{a|(b:1.2)}", [("{", "choice"), ("|", "choice"), ("(", "weight"), (":1.2)", "weight"),
                         ("}", "choice")]),
    ],
)  # fmt: skip
def test_what_commands_something_is_marked(prompt: str, expected: list[tuple[str, str]]) -> None:
    assert told(prompt) == expected


def test_without_weights_brackets_are_letters() -> None:
    assert told("(a:1.2) [b] BREAK {c|d}", weighs=False) == [
        ("{", "choice"), ("|", "choice"), ("}", "choice"),
    ]  # fmt: skip


def test_marks_never_overlap_whatever_is_typed() -> None:
    pieces = ("(", ")", "[", "]", "{", "}", "|", ":1.2)", "2::", "__a__", "<lora:a:1>", "\\", " ")
    for number in range(3_000):
        prompt = "".join(pieces[(number * 7**at // 3) % len(pieces)] for at in range(12))
        end = 0
        for mark in marks(prompt):
            assert mark.start >= end, prompt
            assert mark.length > 0
            end = mark.start + mark.length
        assert end <= len(prompt)
