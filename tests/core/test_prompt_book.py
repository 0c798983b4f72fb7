"""Prompts that are kept: order, bounds, what is found, and the file that studios share."""

from pathlib import Path

import pytest

from loraviewer.core.outcome import FileError
from loraviewer.core.prompt_book import (
    MOST_CHARS,
    MOST_PROMPTS,
    KeptPrompt,
    PromptBook,
    PromptFile,
)


def kept(text: str, at: float = 0.0, **fields) -> KeptPrompt:
    return KeptPrompt(text=text, used_at=at, **fields)


def book(*texts: str) -> PromptBook:
    """The last one is the newest; an hour lies between them."""
    made = PromptBook()
    for number, text in enumerate(texts):
        made = made.with_used(kept(text, 3600.0 * number))
    return made


def texts(of: PromptBook) -> list[str]:
    return [one.text for one in of.prompts]


def test_what_is_used_again_becomes_the_newest_and_stays_starred() -> None:
    made = book("a cat", "a dog").with_star(kept("a cat"), True)
    again = made.with_used(kept("a cat", 1e6))
    assert texts(again) == ["a cat", "a dog"]
    assert again.prompts[0].is_starred
    assert again.prompts[0].used_at == 1e6


def test_the_same_words_with_another_negative_are_another_prompt() -> None:
    made = book("a cat").with_used(kept("a cat", 9e9, negative="fog"))
    assert [one.negative for one in made.prompts] == ["fog", ""]


@pytest.mark.parametrize(
    ("first", "then", "after_s", "left"),
    [
        ("a g", "a girl", 2.0, ["a girl"]),
        ("a girl", "a g", 2.0, ["a g"]),
        ("a g", "a girl", 3600.0, ["a girl", "a g"]),
        ("a girl", "a frog", 2.0, ["a frog", "a girl"]),
    ],
)
def test_what_was_only_on_the_way_goes(first, then, after_s, left) -> None:
    made = PromptBook().with_used(kept(first, 100.0)).with_used(kept(then, 100.0 + after_s))
    assert texts(made) == left


def test_what_is_starred_is_never_only_on_the_way() -> None:
    made = PromptBook().with_used(kept("a g", 1.0)).with_star(kept("a g"), True)
    assert texts(made.with_used(kept("a girl", 2.0))) == ["a girl", "a g"]


def test_nothing_and_endless_prompts_are_not_kept() -> None:
    assert book("", "  ", "x" * (MOST_CHARS + 1)) == PromptBook()


def test_the_oldest_go_and_favourites_stay() -> None:
    made = book("favourite").with_star(kept("favourite"), True)
    for number in range(MOST_PROMPTS + 5):
        made = made.with_used(kept(f"{number} cats", 1e6 + 100 * number))
    assert len(made.prompts) == MOST_PROMPTS + 1
    assert made.prompts[-1].text == "favourite"
    assert made.prompts[-2].text == "5 cats"


def test_words_are_found_in_any_order_and_case() -> None:
    made = book("a girl in Red", "a red frog").with_star(kept("a red frog"), True)
    assert [one.text for one in made.found("RED girl")] == ["a girl in Red"]
    assert len(made.found("")) == 2
    assert [one.text for one in made.found("red", only_starred=True)] == ["a red frog"]
    assert made.found("blue") == ()


def test_two_studios_keep_what_is_theirs(tmp_path: Path) -> None:
    path = tmp_path / "data" / "prompts.json"
    one, other = PromptFile(path), PromptFile(path)
    assert one.read() == PromptBook()
    one.change(lambda book: book.with_used(kept("a cat", 1.0)))
    other.change(lambda book: book.with_used(kept("a dog", 2.0)))
    both = one.change(lambda book: book.with_star(kept("a cat", 1.0), True))
    assert texts(both) == ["a dog", "a cat"]
    assert other.read() == both
    assert other.change(lambda book: book.without(kept("a dog"))).prompts[0].is_starred


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "holds no prompts"),
        (b'{"prompts": [{"text": 1}]}', "holds no prompts"),
        (b"\xff\xfe{", "holds no prompts"),
        (b'{"version": 2, "prompts": []}', "newer loraviewer"),
    ],
)
def test_a_file_that_cannot_be_read_is_never_written_over(
    tmp_path: Path, data: bytes, words: str
) -> None:
    path = tmp_path / "prompts.json"
    path.write_bytes(data)
    with pytest.raises(FileError, match=words):
        PromptFile(path).change(lambda book: book.with_used(kept("a cat")))
    assert path.read_bytes() == data


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(FileError, match="data” cannot be written"):
        PromptFile(tmp_path / "data" / "prompts.json").change(lambda book: book)
