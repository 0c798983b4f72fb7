"""The reading of weights, by answers worked out from A1111's documentation of its prompts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.prompt_weights import Part, escaped, has_syntax, weighted_sections


def read(prompt: str) -> list[list[tuple[str, float]]]:
    """Weights as far as six digits tell."""
    sections = weighted_sections(prompt)
    return [[(part.text, round(part.weight, 6)) for part in section] for section in sections]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("", []),
        ("a red cat", [("a red cat", 1)]),
        ("(red)", [("red", 1.1)]),
        ("((red))", [("red", 1.21)]),
        ("[red]", [("red", 0.909091)]),
        ("([red])", [("red", 1)]),
        ("(red:1.5)", [("red", 1.5)]),
        ("(red: 0.25 )", [("red", 0.25)]),
        ("(red:-1)", [("red", -1)]),
        ("(red:+.5)", [("red", 0.5)]),
        ("a ((red:1.5) hat) b", [("a ", 1), ("red", 1.65), (" hat", 1.1), (" b", 1)]),
        ("(red:1.5:2)", [("red:1.5", 2)]),
        (r"\(red\) \[a\] \\", [("(red) [a] \\", 1)]),
        (r"(a \(b\):1.3)", [("a (b)", 1.3)]),
        ("a (red", [("a ", 1), ("red", 1.1)]),
        ("a [red (x", [("a ", 1), ("red ", 0.909091), ("x", 1)]),
        ("a) b] c:1.2)", [("a) b] c:1.2)", 1)]),
        ("(a:1.2.3)", [("a:1.2.3)", 1.1)]),
        ("it's 3:2, 18+", [("it's 3:2, 18+", 1)]),
        ("[hat:cap:0.5] [hat::3] [a|b] [x:0.2]", [("[hat:cap:0.5] [hat::3] [a|b] [x:0.2]", 1)]),
        ("[a:b]", [("a:b", 0.909091)]),
    ],
)
def test_brackets_multiply(prompt, parts):
    assert read(prompt) == [parts]
    assert has_syntax(prompt) == (parts != ([(prompt, 1)] if prompt else []))


@pytest.mark.parametrize(
    ("prompt", "sections"),
    [
        ("a BREAK b", [[("a", 1)], [("b", 1)]]),
        ("a  BREAK\n(b)", [[("a", 1)], [("b", 1.1)]]),
        ("(a BREAK b:2) c", [[("a", 2)], [("b", 2), (" c", 1)]]),
        ("BREAK a BREAK", [[], [("a", 1)], []]),
        ("BREAKFAST, break", [[("BREAKFAST, break", 1)]]),
    ],
)
def test_break_parts_sections(prompt, sections):
    assert read(prompt) == sections


LETTERS = st.text(st.sampled_from("ab ()[]\\:.1|,"), max_size=30)


@given(LETTERS)
def test_what_is_escaped_is_read_as_it_was(text):
    assert "".join(part.text for part in weighted_sections(escaped(text))[0]) == text
    assert all(part.weight == 1 for part in weighted_sections(escaped(text))[0])


@given(LETTERS)
def test_any_text_can_be_read_and_no_letter_is_made_up(text):
    sections = weighted_sections(text)
    words = [part.text for section in sections for part in section]
    assert len("".join(words)) <= len(text)
    assert all(math.isfinite(part.weight) for section in sections for part in section)
    letters = iter(text)
    assert all(letter in letters for letter in "".join(words)), "in their order"


def test_deep_and_long_prompts_are_read_in_a_moment():
    assert weighted_sections("(" * 100_000 + "a")[0][-1].text.endswith("a")
    long = "(a:1.2)" * 20_000
    (section,) = weighted_sections(long)
    assert section[0] == Part("a" * (30_000 // 7), 1.2)
    assert section[-1].text.endswith("(a:1.2)(a:1.2)")
