"""What is a choice, what is a wildcard, and what is only text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.variants.template import Choice, Wildcard, is_open, parsed, plain_text


def choice(text: str) -> Choice:
    (found,) = parsed(text)
    assert isinstance(found, Choice)
    return found


def test_options_and_their_weights() -> None:
    found = choice("{2::red| 0.5::dark blue |green|}")
    assert [one.text for one in found.options] == ["red", "dark blue", "green", ""]
    assert [one.weight for one in found.options] == [2.0, 0.5, 1.0, 1.0]
    assert (found.least, found.most) == (1, 1)


@pytest.mark.parametrize(
    ("text", "least", "most", "joiner"),
    [
        ("{2$$a|b|c}", 2, 2, ", "),
        ("{1-2$$a|b|c}", 1, 2, ", "),
        ("{0-1$$a|b}", 0, 1, ", "),
        ("{2$$ and $$a|b|c}", 2, 2, " and "),
        ("{9$$a|b}", 2, 2, ", "),
        ("{3-1$$a|b|c}", 1, 3, ", "),
    ],
)
def test_several_at_once(text: str, least: int, most: int, joiner: str) -> None:
    found = choice(text)
    assert (found.least, found.most, found.joiner) == (least, most, joiner)
    assert found.options[0].text == "a"


def test_choices_in_choices() -> None:
    outer = choice("{a {red|blue} dress|__hair/long__}")
    before, inner, after = outer.options[0].parts
    assert (before, after) == ("a ", " dress")
    assert isinstance(inner, Choice)
    assert outer.options[1].parts == (Wildcard("hair/long"),)


@pytest.mark.parametrize(
    "text",
    [
        "a girl",
        "{word}",
        "{}",
        "{red|blue",
        "red|blue}",
        r"\{red|blue\}",
        "a | b",
        "___",
        "__",
        "snake__case",
        "(word:1.2) [a|b] <lora:x:1>",
    ],
)
def test_what_leaves_nothing_open(text: str) -> None:
    assert not is_open(text)


def test_an_unclosed_brace_does_not_hide_a_choice() -> None:
    assert parsed("{a {red|blue}")[0] == "{a "
    assert is_open("{word {red|blue} }")


def test_names_of_wildcards() -> None:
    assert parsed("__a__ and __hair_colour__") == (
        Wildcard("a"),
        " and ",
        Wildcard("hair_colour"),
    )


def test_escapes_are_letters() -> None:
    assert parsed(r"{a\|b|c} \{x\}")[1] == " {x}"
    assert choice(r"{a\|b|c}").options[0].parts == ("a|b",)


def test_what_is_there_whatever_the_seed_says() -> None:
    assert plain_text("a {<lora:x:1>|} girl").split() == ["a", "girl"]


def test_a_thousand_braces_end() -> None:
    assert is_open("{a|" * 1000 + "b" + "}" * 1000)
    assert not is_open("{" * 1000)


@given(st.text(alphabet="{}|$:_\\12ab -", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    parts = parsed(text)
    if not is_open(text) and "\\" not in text:
        assert "".join(str(part) for part in parts) == text
