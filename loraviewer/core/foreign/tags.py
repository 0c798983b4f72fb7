"""`<lora:name:0.8>` in prompts: what A1111, Forge and SD.Next take for adapters."""

import re
from collections.abc import Collection, Iterator

import msgspec

from loraviewer.core.block_weights import (
    APART,
    LISTED,
    ReadWeights,
    is_weights,
    joined,
    read_apart,
    read_weights,
    why_unread,
)
from loraviewer.core.foreign.part_strengths import PARTS, of_parts
from loraviewer.core.foreign.picture import ForeignAdapter, file_stem
from loraviewer.core.foreign.values import number
from loraviewer.core.sentences import say

_TAG = re.compile(r"<(\w{1,20}):([^<>]{1,4000})>")
_ADAPTERS = frozenset({"lora", "lyco", "loha", "locon"})
_OTHERS = frozenset({"hypernet"})
_BLANKS = re.compile(r"[ \t]{2,}")
_STRENGTHS = ("te", "unet", *PARTS)
_MOST_NUMBERS = 3
_COMMA = re.compile(r"[+-]?\d{0,3},\d{1,15}")
"""As “0,5”; no list of block strengths is as short."""

_SHOWN_CHARS = 40


class _Odd(msgspec.Struct, frozen=True):
    """A part of a tag that was left out or may mean something else, and why; or the name of a
    preset, which another file may have had other numbers for."""

    said: str
    why: str = ""
    is_preset: bool = False


class TaggedPrompt(msgspec.Struct, frozen=True):
    """`prompt`: without the tags, which are no words of it."""

    prompt: str
    adapters: tuple[ForeignAdapter, ...]
    not_understood: tuple[str, ...]


class AdapterTag(msgspec.Struct, frozen=True):
    """`text`: the whole tag. `not_understood`: what of it was left out, one phrase each."""

    text: str
    adapter: ForeignAdapter
    not_understood: tuple[str, ...] = ()


def adapter_tags(prompt: str) -> tuple[AdapterTag, ...]:
    """Those of adapters, in order, each text once."""
    return tuple({tag.text: tag for tag in _tags(prompt)}.values())


def without_tags(prompt: str, texts: Collection[str]) -> str:
    """Without these tags, and without the comma that belonged to each."""
    if not texts:
        return prompt
    some = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    gap = rf"(?:{some})(?:\s*(?:{some}))*"
    bare = re.sub(rf"(^|,)\s*{gap}\s*(,|$)", _one_comma, prompt)
    return _tidy(re.sub(gap, "", bare))


def _one_comma(match: re.Match[str]) -> str:
    """Between words that are left on both sides."""
    return "," if match[1] and match[2] else ""


def _tags(prompt: str) -> Iterator[AdapterTag]:
    for match in _TAG.finditer(prompt):
        if match[1].lower() in _ADAPTERS:
            adapter, odd = _adapter(match[2])
            phrases = tuple(_phrase(part, adapter.name) for part in odd)
            yield AdapterTag(match[0], adapter, phrases)


def _tidy(prompt: str) -> str:
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in prompt.split("\n")).strip()


def read_tags(prompt: str) -> TaggedPrompt:
    adapters: list[ForeignAdapter] = []
    others: list[str] = []

    def take(match: re.Match[str]) -> str:
        kind = match[1].lower()
        if kind in _ADAPTERS:
            adapter, odd = _adapter(match[2])
            adapters.append(adapter)
            others.extend(_phrase(part, adapter.name) for part in odd)
            return ""
        if kind in _OTHERS:
            others.append(match[0])
            return ""
        return match[0]

    bare = _TAG.sub(take, prompt)
    if bare != prompt:  # else its blanks are the person's own
        bare = _tidy(bare)
    return TaggedPrompt(bare, tuple(adapters), tuple(others))


def _phrase(part: _Odd, name: str) -> str:
    said = part.said if len(part.said) <= _SHOWN_CHARS else f"{part.said[: _SHOWN_CHARS - 1]}…"
    if part.is_preset:
        return say(
            "whether its presets file had other numbers for “{said}” of {name}",
            said=said,
            name=name,
        )
    if part.why:
        return say("“{said}” of {name}, {why}", said=said, name=name, why=part.why)
    return say("“{said}” of {name}", said=said, name=name)


def _adapter(inside: str) -> tuple[ForeignAdapter, list[_Odd]]:
    """One number is for both; of two the first is the text encoder's, as with `te=` and `unet=`.
    A name may hold colons, although those programs then cannot read it themselves."""
    parts = inside.split(":")
    named = {key: value for key, is_, value in (p.partition("=") for p in parts[1:]) if is_}
    plain = [parts[0], *(part for part in parts[1:] if "=" not in part)]
    if len(plain) > 2 and is_weights(plain[-1]):
        named.setdefault(LISTED, plain.pop())
    numbers = _numbers(plain)
    blocks, odd = _blocks(named)
    told = {key: value for key in _STRENGTHS if (value := _strength(named.get(key))) is not None}
    odd += [_Odd(f"{key}={value}") for key, value in named.items() if key not in told]
    odd += [_Odd(f"{value:g}") for value in numbers[2:]]
    text = told.pop("te", numbers[0] if numbers else 1.0)
    unet = told.pop("unet", numbers[1] if len(numbers) > 1 else text)
    scale, in_parts = of_parts(unet, told)
    name = file_stem(":".join(plain).strip()) or "?"
    apart = _apart(text * blocks.text, scale)
    factors = joined([in_parts, blocks.scales])
    found = ForeignAdapter(name=name, scale=scale, text_scale=apart, block_scales=factors)
    return found, odd


def _numbers(plain: list[str]) -> list[float]:
    """Taken from the end of what has no word."""
    numbers: list[float] = []
    while len(plain) > 1 and len(numbers) < _MOST_NUMBERS:
        value = _strength(plain[-1])
        if value is None:
            break
        numbers.insert(0, value)
        plain.pop()
    return numbers


def _strength(text: str | None) -> float | None:
    """With a point, or the comma of many countries."""
    if text is not None and _COMMA.fullmatch(text.strip()):
        return number(text.replace(",", "."))
    return number(text)


def _blocks(named: dict[str, str]) -> tuple[ReadWeights, list[_Odd]]:
    """Taken from what has a word, as the block-weight extension reads it, which knows `w=` too; and
    what of it is not understood."""
    odd: list[_Odd] = []
    listed, apart = ReadWeights(()), None
    for word in (LISTED, "w"):
        if said := named.pop(word, ""):
            read = read_weights(said)
            if read is None:
                odd.append(_Odd(f"{word}={said}", why=why_unread(said)))
            elif read.preset:
                odd.append(_Odd(read.preset, is_preset=True))
            listed = read or listed
            break
    if said := named.pop(APART, ""):
        apart = read_apart(said)
        odd += [] if apart is not None else [_Odd(f"{APART}={said}")]
    return ReadWeights(joined([listed.scales, apart or ()]), listed.text), odd


def _apart(text: float, scale: float) -> float | None:
    return None if text == scale else text
