"""Words put into a prompt between others."""

from typing import NamedTuple


class Placed(NamedTuple):
    """A prompt, and the place in it behind the word that came."""

    prompt: str
    caret: int


def with_word(prompt: str, word: str, caret: int | None = None) -> Placed | None:
    """With a word or phrase at `caret`, behind the word that stands there, and commas around it; at
    the end for None. None where it is there already."""
    parts = [part.strip() for part in prompt.split(",") if part.strip()]
    if word in parts:
        return None
    if caret is None:
        text = ", ".join([*parts, word])
        return Placed(text, len(text))
    while 0 < caret < len(prompt) and not _is_edge(prompt[caret - 1], prompt[caret]):
        caret += 1
    before, after = prompt[:caret].rstrip(), prompt[caret:].lstrip()
    start = f"{before} " if before.endswith(",") else f"{before}, " if _is_word(before) else before
    end = f", {after}" if after and after[0] not in ",)]:" else after
    return Placed(f"{start}{word}{end}", len(start) + len(word))


def _is_edge(left: str, right: str) -> bool:
    return not (_is_letter(left) and _is_letter(right))


def _is_letter(letter: str) -> bool:
    return not letter.isspace() and letter not in ",()[]:"


def _is_word(before: str) -> bool:
    """Whether what ends there needs a comma."""
    return bool(before) and before[-1] not in "(["
