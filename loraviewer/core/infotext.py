"""What a saved picture says about itself: a complete JSON record, and the text A1111 users read.

Neither holds a clock or a host name, so equal requests give equal files with the same number of
threads and the same versions of packages.
"""

import importlib.metadata

import msgspec

from loraviewer.core.encodable import encodable, encode_json
from loraviewer.core.known_fields import known_fields, names_text
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.request import FROZEN, SCHEMA, GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.unread import Unread

RECORD_CHUNK = "loraviewer"
"""Keyword of the PNG text chunk that holds the JSON record."""

A1111_CHUNK = "parameters"
"""Keyword of the PNG text chunk that A1111, Forge and their galleries read."""

_HASH_DIGITS = 10
_RECORDED_PACKAGES = ("loraviewer", "torch", "diffusers", "transformers")


class ImageRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything needed to make a picture again. `fingerprint` is of the live weights;
    `versions` maps package names to version numbers; `tile_px`, `has_widened`, `threads` and
    `unread` as in `Rendered`. `schema`: of the request, as in its hash."""

    schema: int = SCHEMA
    request: GenerationRequest
    fingerprint: str = ""
    tile_px: int = 0
    has_widened: bool = False
    threads: int = 0
    unread: tuple[Unread, ...] = ()
    versions: dict[str, str] = {}


class ReadRecord(msgspec.Struct, frozen=True):
    """A record as far as it is known here. `note`: one sentence on what was not understood of one
    that a newer loraviewer wrote, without the file's name; "" where it was read whole."""

    record: ImageRecord
    note: str = ""


def record_of(rendered: Rendered) -> ImageRecord:
    """The record of a finished picture, with the versions installed here."""
    versions = {name: importlib.metadata.version(name) for name in _RECORDED_PACKAGES}
    return ImageRecord(
        request=rendered.request,
        fingerprint=rendered.fingerprint,
        tile_px=rendered.tile_px,
        has_widened=rendered.has_widened,
        threads=rendered.threads,
        unread=rendered.unread,
        versions=versions,
    )


def text_chunks(record: ImageRecord) -> dict[str, str]:
    """PNG text chunks of a saved picture, keyword → text, in file order."""
    return {A1111_CHUNK: encodable(to_a1111(record)), RECORD_CHUNK: to_json(record)}


def to_json(record: ImageRecord) -> str:
    """One line, keys in a fixed order."""
    return encode_json(record, order="deterministic").decode()


def from_json(text: str) -> ImageRecord:
    """The record in a `loraviewer` chunk, as far as it is known; `FileError` if it is damaged."""
    return read_json(text).record


def read_json(text: str) -> ReadRecord:
    """As `from_json`, and what was not understood of it."""
    try:
        raw, unknown = known_fields(msgspec.json.decode(text), ImageRecord, FROZEN)
        record = msgspec.convert(raw, type=ImageRecord)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise FileError(f"The picture's record cannot be read ({error}).") from error
    return ReadRecord(record, _note(record.schema, unknown))


def _note(schema: int, unknown: tuple[str, ...]) -> str:
    parts = [f"its version {schema}"] if schema > SCHEMA else []
    parts += [names_text(unknown)] if unknown else []
    if not parts:
        return ""
    return (
        f"A newer loraviewer saved this picture, and {' and '.join(parts)} cannot be understood "
        "here; update loraviewer to make the same picture again."
    )


def to_a1111(record: ImageRecord) -> str:
    """Prompt with `<lora:name:scale>` tags, negative prompt, and one line of settings."""
    sampling = record.request.sampling
    tags = " ".join(_tag(a) for a in record.request.adapters)
    lines = [f"{sampling.prompt} {tags}".strip()]
    if sampling.negative_prompt:
        lines.append(f"Negative prompt: {sampling.negative_prompt}")
    lines.append(", ".join(f"{name}: {value}" for name, value in _settings(record).items()))
    return "\n".join(lines)


def _tag(adapter: AppliedAdapter) -> str:
    if adapter.text_scale == adapter.scale:
        return f"<lora:{adapter.name}:{adapter.scale:g}>"
    return f"<lora:{adapter.name}:te={adapter.text_scale:g}:unet={adapter.scale:g}>"


def _settings(record: ImageRecord) -> dict[str, object]:
    request, sampling = record.request, record.request.sampling
    settings: dict[str, object] = {
        "Steps": sampling.steps,
        "Sampler": sampling.sampler,
        "CFG scale": f"{sampling.guidance_scale:g}",
        "Seed": sampling.seed,
        "Size": f"{sampling.width}x{sampling.height}",
        "Model hash": request.checkpoint.identity[:_HASH_DIGITS],
        "Model": _model_name(request.checkpoint.path),
    }
    hashes = ", ".join(f"{a.name}: {a.sha256[:_HASH_DIGITS]}" for a in request.adapters)
    if hashes:
        settings["Lora hashes"] = f'"{hashes}"'
    if request.is_draft:
        settings["Draft"] = _draft_kind(request)
    if "loraviewer" in record.versions:
        settings["Version"] = f"loraviewer {record.versions['loraviewer']}"
    return {name: value for name, value in settings.items() if value != ""}


def _draft_kind(request: GenerationRequest) -> str:
    """So that nobody takes a draft for the picture that these settings give."""
    return f"last {request.steps_run} steps" if request.resumed else "few steps"


def _model_name(path: str) -> str:
    """The last part of a path of any system, without what would end the field."""
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.removesuffix(".safetensors").replace(",", " ")
