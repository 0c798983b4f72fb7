"""Foreign texts made plain: no markup, no links, no control characters, a bounded length."""

import html
import re

LINE_CHARS = 200
"""Longest title, or single trigger phrase."""
TEXT_CHARS = 8_000
"""Longest description."""
_READ_CHARS = 16_000
"""How much of a text is looked at: time can grow with the square of its length."""

_UNREAD_TAGS = "script|style|head|title|template|noscript|svg|math|iframe|object|audio|video|canvas"
_LINE_TAGS = (
    "p|br|hr|div|li|ul|ol|dl|dt|dd|tr|table|h[1-6]|pre|blockquote|section|article|header|footer|"
    "figure|figcaption|details|summary|center"
)
_OTHER_TAGS = (
    "a|abbr|acronym|address|applet|area|aside|b|base|basefont|bdi|bdo|big|body|button|caption|cite|"
    "code|col|colgroup|data|datalist|del|dfn|dialog|em|embed|fieldset|font|form|frame|frameset|"
    "html|i|img|input|ins|kbd|label|legend|link|main|map|mark|marquee|menu|meta|meter|nav|nobr|"
    "optgroup|option|output|param|picture|progress|q|rp|rt|ruby|s|samp|search|select|small|source|"
    "span|strike|strong|sub|sup|tbody|td|textarea|tfoot|th|thead|time|track|tt|u|var|wbr|x-\\w+"
)
_INSIDE = r"(?![\w-])[^<>]*+>"
_UNREAD = re.compile(
    rf"<!--.*?-->|<({_UNREAD_TAGS}){_INSIDE}.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_NEW_LINE = re.compile(rf"</?(?:{_LINE_TAGS}){_INSIDE}", re.IGNORECASE)
_TAG = re.compile(
    rf"</?(?:{_LINE_TAGS}|{_OTHER_TAGS}|{_UNREAD_TAGS}){_INSIDE}|<[!?][a-z][^<>]*+>", re.IGNORECASE
)
"""The elements of HTML. Other words in angles are text: `<lora:manga:0.8>`, `<my-style>`."""

_UNSHOWN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff"
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
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
    return _shortened(" ".join(plain_text(text).split()), limit)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _without_markup(text: str) -> str:
    text = _NEW_LINE.sub("\n", _UNREAD.sub("", text))
    return html.unescape(_TAG.sub("", text))
