"""What a saved picture says about itself: a complete JSON record, and the text A1111 users read.

Neither holds a clock or a host name, so equal requests give equal files with the same number of
threads, the same versions of packages, and the same files to be hashed.
"""

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from loraviewer.core.a1111_text import (
    MODEL_DIGITS,
    GalleryHashes,
    exact,
    model_name,
    quoted,
    tag_names,
)
from loraviewer.core.block_weights import tag_parts
from loraviewer.core.encodable import encodable, encode_json, plain
from loraviewer.core.known_fields import known_fields, names_text
from loraviewer.core.left_out import leave_out_unsaid
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.prompt_weights import escaped
from loraviewer.core.request import FROZEN, SCHEMA, GenerationRequest, Sampling
from loraviewer.core.sentences import say, with_and
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.unread import Unread

RECORD_CHUNK = "loraviewer"
"""Keyword of the PNG text chunk that holds the JSON record."""

A1111_CHUNK = "parameters"
"""Keyword of the PNG text chunk that A1111, Forge and their galleries read."""

NO_HASHES = GalleryHashes()
_RECORDED_PACKAGES = ("loraviewer", "torch", "diffusers", "transformers")


class ImageRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything needed to make a picture again. `fingerprint` is of the live weights;
    `versions` maps package names to version numbers; `tile_px`, `has_widened`, `threads`,
    `unread` and `made_on` as in `Rendered`. `schema`: of the request, as in its hash. `beyond`:
    what it was made with that the request cannot say, part of a sentence; it and `made_on` are left
    out of the text where there is nothing."""

    schema: int = SCHEMA
    request: GenerationRequest
    fingerprint: str = ""
    tile_px: int = 0
    has_widened: bool = False
    threads: int = 0
    unread: tuple[Unread, ...] = ()
    versions: dict[str, str] = {}
    beyond: str = ""
    made_on: str = ""


class ReadRecord(msgspec.Struct, frozen=True):
    """A record as far as it is known here. `note`: one sentence on what was not understood of one
    that a newer loraviewer wrote, without the file's name; "" where it was read whole."""

    record: ImageRecord
    note: str = ""


def installed_versions() -> dict[str, str]:
    """Of the packages that decide pixels, here."""
    return {name: importlib.metadata.version(name) for name in _RECORDED_PACKAGES}


def record_of(
    rendered: Rendered, versions: Mapping[str, str] | None = None, beyond: str = ""
) -> ImageRecord:
    """The record of a finished picture; versions: None for those installed here."""
    return ImageRecord(
        request=rendered.request,
        fingerprint=rendered.fingerprint,
        tile_px=rendered.tile_px,
        has_widened=rendered.has_widened,
        threads=rendered.threads,
        unread=rendered.unread,
        versions=installed_versions() if versions is None else dict(versions),
        beyond=beyond,
        made_on=rendered.made_on,
    )


def text_chunks(record: ImageRecord, hashes: GalleryHashes = NO_HASHES) -> dict[str, str]:
    """PNG text chunks of a saved picture, keyword → text, in file order."""
    return {A1111_CHUNK: encodable(to_a1111(record, hashes)), RECORD_CHUNK: to_json(record)}


def to_json(record: ImageRecord) -> str:
    """One line, keys in a fixed order."""
    fields: dict[str, Any] = plain(record, order="deterministic")
    for name in ("beyond", "made_on"):
        if not fields[name]:  # so that who does not know it misses nothing
            del fields[name]
    for name in ("draft_adapter", "is_compiled"):
        if not fields["request"][name]:
            del fields["request"][name]
    leave_out_unsaid(fields["request"]["sampling"])
    return encode_json(fields).decode()


def from_json(text: str) -> ImageRecord:
    """The record in a `loraviewer` chunk, as far as it is known; `FileError` if it is damaged."""
    return read_json(text).record


def read_json(text: str) -> ReadRecord:
    """As `from_json`, and what was not understood of it."""
    try:
        raw, unknown = known_fields(msgspec.json.decode(text), ImageRecord, FROZEN)
        record = msgspec.convert(raw, type=ImageRecord)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise FileError(
            say("The picture's record cannot be read ({why}).", why=str(error))
        ) from error
    return ReadRecord(record, _note(record.schema, unknown))


def _note(schema: int, unknown: tuple[str, ...]) -> str:
    parts: list[str] = [say("its version {schema}", schema=schema)] if schema > SCHEMA else []
    parts += [names_text(unknown)] if unknown else []
    if not parts:
        return ""
    return say(
        "A newer loraviewer saved this picture, and {parts} cannot be understood here; update "
        "loraviewer to make the same picture again.",
        parts=with_and(parts),
    )


def to_a1111(record: ImageRecord, hashes: GalleryHashes = NO_HASHES) -> str:
    """Prompt with `<lora:name:scale>` tags, negative prompt, and one line of settings: what A1111
    reads back as it was written, whatever files are called (`a1111_text`)."""
    sampling, adapters = record.request.sampling, record.request.adapters
    names = tag_names(adapters)
    tags = " ".join(map(lora_tag, names, adapters))
    lines = [f"{_weighed(sampling.prompt, sampling)} {tags}".strip()]
    if sampling.negative_prompt:
        lines.append(f"Negative prompt: {_weighed(sampling.negative_prompt, sampling)}")
    settings = _settings(sampling) | _files(record.request, names, hashes) | _making(record)
    lines.append(", ".join(f"{name}: {quoted(value)}" for name, value in settings.items()))
    return "\n".join(lines)


def _weighed(prompt: str, sampling: Sampling) -> str:
    """What A1111 reads as the picture was made: it always weighs."""
    return escaped(prompt) if sampling.words == "plain" else prompt


def lora_tag(name: str, adapter: AppliedAdapter) -> str:
    """What stands in a prompt for an adapter; name: one that a tag can hold (`a1111_text`)."""
    scale, text_scale = exact(adapter.scale), exact(adapter.text_scale)
    said = [scale] if text_scale == scale else [f"te={text_scale}", f"unet={scale}"]
    return f"<lora:{':'.join([name, *said, *tag_parts(adapter.block_scales)])}>"


def _settings(sampling: Sampling) -> dict[str, object]:
    return {
        "Steps": sampling.steps,
        **_sampler(sampling.sampler),
        "CFG scale": exact(sampling.guidance_scale),
        "Seed": sampling.seed,
        "Size": f"{sampling.width}x{sampling.height}",
    }


def _sampler(name: str) -> dict[str, object]:
    """A1111 names the spacing apart."""
    told: dict[str, object] = {"Sampler": name.removesuffix(" trailing")}
    return told | ({"Schedule type": "SGM Uniform"} if name.endswith(" trailing") else {})


def _making(record: ImageRecord) -> dict[str, object]:
    made: dict[str, object] = {}
    if not record.request.merge_rule.is_sum:  # no other program would make it of these tags
        made["Merge rule"] = record.request.merge_rule.text
    if record.request.is_draft:
        made["Draft"] = _draft_kind(record.request)
    if author := record.request.sampling.author:
        made["Prompt written by"] = f"{author.model} at {author.host}"
    if record.request.is_compiled:
        made["Denoiser"] = "compiled"
    if record.beyond:
        made["Made with"] = record.beyond
    if "loraviewer" in record.versions:
        made["Version"] = f"loraviewer {record.versions['loraviewer']}"
    return made


def _draft_kind(request: GenerationRequest) -> str:
    """So that nobody takes a draft for the picture that these settings give."""
    if request.draft_adapter:
        return "few steps with an adapter for drafts only"
    return f"last {request.steps_run} steps" if request.resumed else "few steps"


def _files(
    request: GenerationRequest, names: Sequence[str], hashes: GalleryHashes
) -> dict[str, object]:
    """What the files are called, and by which numbers galleries know them."""
    of_adapters = {
        name: hashes.of_adapter(adapter.sha256)
        for name, adapter in zip(names, request.adapters, strict=True)
    }
    told: dict[str, object] = {
        "Model hash": hashes.model[:MODEL_DIGITS],
        "Model": model_name(request.checkpoint.path),
        "Lora hashes": ", ".join(f"{name}: {digits}" for name, digits in of_adapters.items()),
    }
    return {name: value for name, value in told.items() if value}
