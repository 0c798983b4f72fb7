import pytest

from loraviewer.core.prompt_words import Placed, with_word


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a cat|", "a cat, NEW|"),
        ("a ca|t, red", "a cat, NEW|, red"),
        ("a cat,| red", "a cat, NEW|, red"),
        ("a cat, |red", "a cat, NEW|, red"),
        ("|a cat", "NEW|, a cat"),
        ("(|cat:1.2)", "(NEW|, cat:1.2)"),
        ("(cat|:1.2)", "(cat, NEW|:1.2)"),
        ("|", "NEW|"),
        ("a | cat", "a, NEW|, cat"),
    ],
)
def test_a_word_comes_where_the_prompt_is_written(prompt, wanted):
    placed = with_word(prompt.replace("|", ""), "NEW", prompt.index("|"))
    assert placed == Placed(wanted.replace("|", ""), wanted.index("|"))


def test_without_a_place_it_comes_last_and_never_twice():
    assert with_word("a cat, ", "NEW") == Placed("a cat, NEW", 10)
    assert with_word("", "two words") == Placed("two words", 9)
    assert with_word("a cat, two words, x", "two words") is None
    assert with_word("a cat, two words, x", "two words", 2) is None
