"""Foreign texts made plain: no markup, no links, no control characters, a bounded length."""

import html
import re

from loraviewer.core.sentences import Sentence

LINE_CHARS = 200
"""Longest title, or single trigger phrase."""
TEXT_CHARS = 8_000
"""Longest description."""
_READ_CHARS = 16_000
"""How much of a text is looked at: time can grow with the square of its length."""

_UNREAD_ELEMENTS = (
    "script style head title template noscript svg math iframe object audio video canvas"
)
"""Their content is no text for a reader."""
_LINE_ELEMENTS = """
p br hr div li ul ol dl dt dd tr table h1 h2 h3 h4 h5 h6 pre blockquote section article header
footer figure figcaption details summary center"""
_OTHER_ELEMENTS = """
a abbr acronym address applet area aside b base basefont bdi bdo big body button caption cite code
col colgroup data datalist del dfn dialog em embed fieldset font form frame frameset html i img
input ins kbd label legend link main map mark marquee menu meta meter nav nobr optgroup option
output param picture progress q rp rt ruby s samp search select small source span strike strong sub
sup tbody td textarea tfoot th thead time track tt u var wbr"""
"""With the others all of HTML. Other words in angles are text: `<lora:manga:0.8>`."""

_LINE_TAGS = frozenset(_LINE_ELEMENTS.split())
_DROPPED_TAGS = frozenset(_OTHER_ELEMENTS.split()).union(_UNREAD_ELEMENTS.split())
_UNREAD = re.compile(
    rf"<!--.*?(?:-->|\Z)|<({_UNREAD_ELEMENTS.replace(' ', '|')})(?![\w:-])[^<>]*+>.*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"<(?:[!?][a-z]|/?([a-z][\w:-]*+))[^<>]*+>", re.IGNORECASE)

_UNSHOWN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, halves of characters, and marks that turn the direction of writing, which
can make a text read as another one."""
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*")


def plain_text(text: str, limit: int = TEXT_CHARS) -> str:
    """At most `limit` characters in lines, with at most one empty line between them."""
    text = text[:_READ_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text or "&" in text:
        text = _without_markup(text)
    text = _UNSHOWN.sub("", text)
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _shortened(_EMPTY_LINES.sub("\n\n", text).strip(), limit)


def plain_line(text: str, limit: int = LINE_CHARS) -> str:
    """As `plain_text`, in one line."""
    if len(text) <= limit and _is_plain(text):
        return " ".join(text.split())
    return _shortened(" ".join(plain_text(text).split()), limit)


def plain_sentence(said: str, limit: int = LINE_CHARS) -> str:
    """As `plain_line`; a sentence stays one, for all that comes from files is in its values."""
    if not isinstance(said, Sentence):
        return plain_line(said, limit)
    values = {
        name: plain_sentence(value, limit) if isinstance(value, str) else value
        for name, value in said.values.items()
    }
    plain = Sentence(said.pattern, values)
    return plain if len(plain) <= limit else plain_line(plain, limit)


def _is_plain(text: str) -> bool:
    """Of nearly all names and tags, which need no closer look."""
    return text.isascii() and text.isprintable() and "<" not in text and "&" not in text


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _without_markup(text: str) -> str:
    return html.unescape(_TAG.sub(_in_place_of, _UNREAD.sub("", text)))


def _in_place_of(tag: re.Match[str]) -> str:
    name = (tag[1] or "").lower()
    if name in _LINE_TAGS:
        return "\n"
    return "" if not name or name in _DROPPED_TAGS else tag[0]
