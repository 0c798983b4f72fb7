"""What other programs take for commands in a prompt, and this one reads as letters."""

import re
from collections.abc import Mapping

from loraviewer.core.prompt_weights import SCHEDULED
from loraviewer.core.request import WordReading
from loraviewer.core.sentences import in_quotes, say, together

_TAG = r"<[^<>\n]{1,4000}>"
"""`<lora:name:0.8>`, `<hypernet:name:1>` (A1111), `<name>` for an embedding (InvokeAI)."""

_EMBEDDING = r"\bembedding:[^\s,()\[\]{}<>]+"
"""ComfyUI."""

_WILDCARD = r"__[\w/*-]{1,100}__"
_WORD = r"\b(?:BREAK|AND)\b"
_ROUND = r"\((?:[^()\\\n]|\\.)+\)"
_BEHIND = r"(?:[+-]{1,9}|\d*\.\d+|\.(?:and|blend|swap)\()"
_GROUP = rf"{_ROUND}{_BEHIND}?"
"""`(word)`, `(word:1.3)` (A1111), `(word)1.3`, `(word)++`, `(a).swap(b)` (InvokeAI)."""

_CHOICE = r"\{[^{}\n]+\}"
_SQUARE = r"\[[^\[\]\n]+\]"
"""`[word]`, `[from:to:0.5]`, `[a|b]`, `{word}`, `{a|b}`."""

_RAISED = r"\b[^\W\d_]+\+{1,9}(?=[\s,.]|$)"
"""`word++` (InvokeAI)."""

_ESCAPED = r"\\[()\[\]{}]"
_PLAIN = (_ESCAPED, _TAG, _EMBEDDING, _WILDCARD, _WORD, _GROUP, _SQUARE, _CHOICE, _RAISED)
_WEIGHTED = (
    *(_TAG, _EMBEDDING, _WILDCARD, r"\bAND\b", f"{_ROUND}{_BEHIND}", SCHEDULED, _CHOICE, _RAISED),
)
_SYNTAX: Mapping[WordReading, re.Pattern[str]] = {
    "plain": re.compile("|".join(_PLAIN)),
    "weighted": re.compile("|".join(_WEIGHTED)),
}
_NO_WORDS = re.compile("|".join((_TAG, _EMBEDDING, _WILDCARD, _WORD)))
_ADAPTER = re.compile(r"<\s*(?:lora|lyco|loha|locon)\s*:", re.IGNORECASE)
_SHOWN, _LONGEST = 3, 40


def read_as_letters(prompt: str, words: WordReading = "plain") -> tuple[str, ...]:
    """Each once, in order. Words in capitals are commands only where not all of it is in them."""
    is_loud = prompt == prompt.upper()
    found = dict.fromkeys(match[0] for match in _SYNTAX[words].finditer(prompt))
    return tuple(text for text in found if not (is_loud and text.isalpha()))


def letters_sentence(prompt: str, words: WordReading = "plain", *, can_weigh: bool = True) -> str:
    """One sentence about what of the prompt is read as letters; "" where nothing is. can_weigh:
    whether the base can read weights; what it cannot is plain to it, and said to be ignored."""
    found = read_as_letters(prompt, words if can_weigh else "plain")
    if not found:
        return ""
    is_ignored = words == "weighted" and not can_weigh
    shown = together((in_quotes(_shortened(text)) for text in found[:_SHOWN]), ", ")
    if len(found) > _SHOWN:
        shown = say("{shown} and {more} more", shown=shown, more=len(found) - _SHOWN)
    is_tag = any(_ADAPTER.match(text) for text in found)
    advice = say("add adapters to the stack") if is_tag else say("write plain words instead")
    if is_ignored:
        return say(
            "This base ignores weights, and reads as letters: {shown}; {advice}.",
            shown=shown,
            advice=advice,
        )
    return say("Read as letters: {shown}; {advice}.", shown=shown, advice=advice)


def without_commands(prompt: str) -> str:
    """The prompt without what is no word of it, such as names of adapters."""
    return _NO_WORDS.sub(" ", prompt)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
