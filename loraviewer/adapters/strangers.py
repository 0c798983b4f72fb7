"""Tensors that are no known role of a module: which module they lie in, if any."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set

from loraviewer.adapters.files.header_json import shortened
from loraviewer.adapters.name_lists import quoted_names
from loraviewer.core.sentences import say

_MOST_NAMED = 3
_BOUNDARY = re.compile(r"\.|_lora")
_MOST_WORDS = 4
"""A tensor's own words after its module: `modules_to_save.default.weight`, with one to spare."""


def strangers_of(unknown: Iterable[str], modules: Set[str]) -> Mapping[str, Sequence[str]]:
    """Names of unknown tensors by the module they lie in; by themselves, and then empty, where they
    lie in none."""
    found: dict[str, list[str]] = {}
    for name in unknown:
        if (module := module_of(name, modules)) is None:
            found.setdefault(name, [])  # nothing of an adapter around it
        else:
            found.setdefault(module, []).append(name)
    return found


def module_of(name: str, modules: Set[str]) -> str | None:
    """The longest of the modules that the name lies in; only its last words are looked at, so that
    absurdly long names cost no more than others."""
    if name in modules:  # `out.0` may be a module and a tensor
        return name
    tail = len(".".join(name.rsplit(".", _MOST_WORDS)[1:])) + 1
    ends = [found.start() for found in _BOUNDARY.finditer(name, max(0, len(name) - tail))]
    return next((name[:end] for end in reversed(ends) if name[:end] in modules), None)


def why_strange(module: str, strangers: Sequence[str]) -> str:
    """Why a module with such tensors is left out, as a sentence without its subject."""
    words = [shortened(name.removeprefix(module).lstrip("._")) for name in strangers]
    return say(
        "no adapter kind has {tensors} beside its factors, so all of it is left out",
        tensors=quoted_names(words, _MOST_NAMED),
    )
