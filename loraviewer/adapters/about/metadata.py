"""What trainers and tools write into the metadata of a file, read as hints that may be wrong.

All values are texts of strangers: what is shown is made plain, JSON inside is read with limits, and
pictures are measured before anybody decodes them.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import PurePath
from typing import Annotated

import msgspec

from loraviewer.adapters.about.pictures import picture_facts
from loraviewer.adapters.about.plain_text import plain_line, plain_text

MAX_TRIGGER_WORDS = 20
_LOOKED_AT, _LISTED_CHARS = 200, 8_000
THUMBNAIL = "modelspec.thumbnail"
MAX_THUMBNAIL_BYTES = 8 << 20
_THUMBNAIL_TYPES = ("image/png", "image/jpeg", "image/webp")
_SHOWN_CHARS, _SHOWN_ENTRIES = 2_000, 500

_UNSET = frozenset({"", "none", "null", "n/a", "undefined"})
"""kohya writes `None` as text."""

_TAG_COUNT = re.compile(
    r'("(?:[^"\\]++|\\.)*+")\s*+:\s*+"?+(\d{1,9})(?:\.\d{1,9}+)?+"?+(?=\s*+[,}])', re.DOTALL
)
"""Some tools write counts as texts, or as 12.0."""
_TAG_CHARS = 1_000_000
_MAX_TAGS = 10_000
"""Tags appear in the order in which captions first have them, so frequent ones come early."""
_LEAST_COUNT = 2
"""A caption that describes one picture calls nothing; captions of whole sentences occur once."""

_SHA256 = re.compile(r"(?:0x)?([0-9a-f]{64})", re.IGNORECASE)
_HASH_OF_NOTHING = "e3b0c44298fc"
"""SHA-256 of no bytes: some tools write it as a placeholder."""


class FileMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Metadata of one file, made plain; empty where it says nothing.

    `base_model` and `architecture` are what the file says, right or wrong. `embedded_hashes` are
    labels of other tools, by key, and stale in files that were changed after training.
    """

    title: str = ""
    description: str = ""
    author: str = ""
    usage_hint: str = ""
    licence: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    trigger_words: tuple[str, ...] = ()
    resolution: str = ""
    base_model: str = ""
    architecture: str = ""
    software: str = ""
    embedded_hashes: dict[str, str] = {}


def read_metadata(metadata: Mapping[str, str]) -> FileMetadata:
    """From ss_* (kohya), modelspec.*, and what ai-toolkit and OneTrainer write. Never raises."""

    def first(*keys: str) -> str:
        return plain_line(_first(metadata, keys))

    trainer = onetrainer(metadata.get("ot_config", ""))
    base_model = _first(metadata, ("ss_sd_model_name",)) or trainer.base_model_name
    return FileMetadata(
        title=first("modelspec.title", "ss_output_name", "name"),
        description=plain_text(_first(metadata, ("modelspec.description", "ss_training_comment"))),
        author=first("modelspec.author", "author", "creator"),
        usage_hint=plain_text(_first(metadata, ("modelspec.usage_hint",))),
        licence=first("modelspec.license", "license", "licence"),
        source=first("modelspec.source", "source", "homepage", "url"),
        tags=listed(metadata.get("modelspec.tags", "")),
        trigger_words=trigger_words(metadata),
        resolution=_resolution(first("modelspec.resolution", "ss_resolution")),
        # Often a path on the trainer's own disk, which is nobody's business.
        base_model=plain_line(PurePath(base_model.replace("\\", "/")).name),
        architecture=first("modelspec.architecture", "ss_base_model_version")
        or plain_line(trainer.model_type),
        software=_software(metadata),
        embedded_hashes=embedded_hashes(metadata),
    )


def _first(metadata: Mapping[str, str], keys: Iterable[str]) -> str:
    for key in keys:
        value = metadata.get(key, "").strip()
        if value and value.lower() not in _UNSET:
            return value
    return ""


def phrases(texts: Iterable[str]) -> tuple[str, ...]:
    """Plain, each once, at most `MAX_TRIGGER_WORDS`, of the first `_LOOKED_AT`."""
    found: dict[str, None] = {}
    for text in islice(texts, _LOOKED_AT):
        if line := plain_line(text).strip(" ,"):
            found[line] = None
        if len(found) == MAX_TRIGGER_WORDS:
            break
    return tuple(found)


def listed(text: str) -> tuple[str, ...]:
    """The phrases of a text that separates them by commas."""
    return phrases(text[:_LISTED_CHARS].split(","))


def trigger_words(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Words that call the adapter, from modelspec or from the training captions' counts."""
    phrase = metadata.get("modelspec.trigger_phrase", metadata.get("trigger_words"))
    if phrase is not None:  # an empty one says that there are none
        return listed(phrase)
    return _most_frequent_tags(metadata.get("ss_tag_frequency", ""))


def _most_frequent_tags(text: str) -> tuple[str, ...]:
    """kohya's {"folder": {"tag": count}} → the most frequent tags of all folders."""
    counts = _plain_counts(text) or _written_counts(text)
    frequent = sorted(counts.items(), key=itemgetter(1), reverse=True)[: 2 * MAX_TRIGGER_WORDS]
    return phrases(tag for tag, count in frequent if count >= _LEAST_COUNT)


_decode_counts = msgspec.json.Decoder(
    dict[str, dict[str, Annotated[int, msgspec.Meta(ge=0, lt=1_000_000_000)]]]
).decode


def _plain_counts(text: str) -> dict[str, int]:
    """The quick way through what kohya itself writes; nothing of anything else."""
    if len(text) > _TAG_CHARS:
        return {}
    try:
        folders = _decode_counts(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return {}
    if len(folders) == 1 and len(only := next(iter(folders.values()))) <= _MAX_TAGS:
        return only
    return _summed(pair for folder in folders.values() for pair in folder.items())


def _written_counts(text: str) -> dict[str, int]:
    """Whatever looks like a tag with its count, in a text that may be cut off or damaged."""
    matches = _TAG_COUNT.finditer(text[:_TAG_CHARS])
    found = _summed((match[1], int(match[2])) for match in matches)
    return dict(_texts(found))


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for tag, count in pairs:
        if tag in counts:
            counts[tag] += count
        elif len(counts) < _MAX_TAGS:
            counts[tag] = count
    return counts


def _texts(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Of those whose literal is a text."""
    for literal, count in counts.items():
        try:
            yield msgspec.json.decode(literal, type=str), count
        except (msgspec.MsgspecError, UnicodeError):
            continue


class OneTrainer(msgspec.Struct):
    """The two entries of OneTrainer's configuration that tell the base; it holds hundreds."""

    base_model_name: str = ""
    model_type: str = ""


def onetrainer(text: str) -> OneTrainer:
    """What `ot_config` tells; nothing where it is broken."""
    try:
        return msgspec.json.decode(text, type=OneTrainer)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return OneTrainer()


class _Software(msgspec.Struct):
    name: str = ""
    version: str = ""


def _software(metadata: Mapping[str, str]) -> str:
    """ai-toolkit writes a table, OneTrainer its branch, others a line."""
    text = _first(metadata, ("software", "modelspec.implementation", "ss_network_module"))
    try:
        table = msgspec.json.decode(text, type=_Software)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return "OneTrainer" if "ot_revision" in metadata else plain_line(text)
    return plain_line(f"{table.name} {table.version}")


def _resolution(text: str) -> str:
    """`512`, `1024x1024`, `(512, 768)` → `512×512`, `1024×1024`, `512×768`."""
    sizes = re.findall(r"\d{1,5}", text)
    if not sizes:
        return ""
    return f"{sizes[0]}×{sizes[1] if len(sizes) > 1 else sizes[0]}"


def embedded_hashes(metadata: Mapping[str, str]) -> dict[str, str]:
    """Key → lower-case hex of the hashes that a file holds of itself."""
    found: dict[str, str] = {}
    for key in ("sshs_model_hash", "modelspec.hash_sha256"):
        match = _SHA256.fullmatch(metadata.get(key, "").strip())
        if match and not match[1].lower().startswith(_HASH_OF_NOTHING):
            found[key] = match[1].lower()
    return found


class Thumbnail(msgspec.Struct, frozen=True):
    """An embedded picture, still encoded."""

    data: bytes
    mime: str
    width: int
    height: int


def thumbnail(metadata: Mapping[str, str]) -> Thumbnail | None:
    """The embedded PNG, JPEG or WebP; None where there is none, or one that is too large in bytes
    or in pixels to be decoded."""
    head, comma, text = metadata.get(THUMBNAIL, "").partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return None
    if len(text) > MAX_THUMBNAIL_BYTES * 4 // 3 + 4:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    facts = picture_facts(data)  # the URL's own word for the type may be a lie
    if facts is None or facts.mime not in _THUMBNAIL_TYPES or not facts.is_modest:
        return None
    return Thumbnail(data, facts.mime, facts.width, facts.height)


def shown_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """For a table on the screen: plain and of bounded length. The thumbnail stays as it is if it
    can be shown, and is left out if not."""
    shown = {
        plain_line(key): plain_text(value[: 2 * _SHOWN_CHARS], _SHOWN_CHARS)
        for key, value in islice(metadata.items(), _SHOWN_ENTRIES)
        if key != THUMBNAIL
    }
    if thumbnail(metadata) is not None:
        shown[THUMBNAIL] = metadata[THUMBNAIL]
    return shown
