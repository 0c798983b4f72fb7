"""What AUTOMATIC1111 reads from the text of a picture, by the grammar that its pictures follow: an
oracle, so that no writer is tested against itself.

The last line is `key: value, key: value …` if it has three of them or more; a value that is a JSON
string is decoded; a value such as 12x34 becomes two. What stands before is the prompt, and from a
line that begins with “Negative prompt:” on what is not wanted, every line without the blanks around
it. A tag is `<word:argument:argument …>`; arguments with `=` have names, the others places.
"""

import json
import re
from dataclasses import dataclass, field

_NEGATIVE = "Negative prompt:"
_FIELD = re.compile(
    r"""\s* (?P<key> \w [\w\ /-]+ ) : \s*
        (?P<value> " (?: \\. | [^\\"] )+ " | [^,]* ) (?: , | $ )""",
    re.VERBOSE,
)
_TAG = re.compile(r"<(\w+):([^>]+)>")
_SIZE = re.compile(r"^(\d+)x(\d+)$")


@dataclass
class Tag:
    name: str
    unet: float
    text: float


@dataclass
class Reading:
    prompt: str = ""
    negative: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def tags(self) -> list[Tag]:
        return [_tag(found[2]) for found in _TAG.finditer(self.prompt) if found[1] == "lora"]

    @property
    def bare_prompt(self) -> str:
        return _TAG.sub("", self.prompt)

    @property
    def hashes(self) -> dict[str, str]:
        """Name → hash, as they find the files behind unknown names."""
        pairs = [part.strip().split(":", 1) for part in self.fields["Lora hashes"].split(",")]
        return {name.strip(): digits.strip() for name, digits in pairs}


def read(text: str) -> Reading:
    *lines, last = text.strip().split("\n")
    found = list(_FIELD.finditer(last))
    if len(found) < 3:
        lines, found = [*lines, last], []
    reading = Reading(fields=dict(pair for match in found for pair in _values(match)))
    is_negative = False
    for line in map(str.strip, lines):
        is_negative = is_negative or line.startswith(_NEGATIVE)
        if not is_negative:
            reading.prompt += ("\n" if reading.prompt else "") + line
        else:
            line = line.removeprefix(_NEGATIVE).strip()
            reading.negative += ("\n" if reading.negative else "") + line
    return reading


def _values(match: re.Match[str]) -> list[tuple[str, str]]:
    key, value = match["key"], match["value"]
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = json.loads(value)
    size = _SIZE.match(value)
    return [(f"{key}-1", size[1]), (f"{key}-2", size[2])] if size else [(key, value)]


def _tag(inside: str) -> Tag:
    parts = [part.split("=", 2) for part in inside.split(":")]
    places = [part[0] for part in parts if len(part) != 2]
    names = {part[0]: part[1] for part in parts if len(part) == 2}
    text = float(names.get("te", places[1] if len(places) > 1 else 1.0))
    unet = float(names.get("unet", places[2] if len(places) > 2 else text))
    return Tag(places[0], unet, text)
