"""Names in a sentence: all of them, one of them, the first of many."""

from collections.abc import Sequence

from loraviewer.core.sentences import Sentence, say, together


def all_of(names: Sequence[str]) -> str:
    """“a and b”; "" for none."""
    told = names[0] if names else ""
    for name in names[1:]:
        told = say("{names} and {name}", names=told, name=name)
    return told


def one_of(names: Sequence[str]) -> str:
    """“a or b”; "" for none."""
    told = names[0] if names else ""
    for name in names[1:]:
        told = say("{names} or {name}", names=told, name=name)
    return told


def quoted(name: str) -> Sentence:
    return say("“{name}”", name=name)


def quoted_names(names: Sequence[str], most: int) -> Sentence:
    """““a”, “b” and 2 more”: so many of them in full at most."""
    shown = together(map(quoted, names[:most]), ", ")
    if len(names) <= most:
        return shown
    return say("{names} and {count} more", names=shown, count=len(names) - most)
