"""The facts of one file for the command line: JSON-ready, from headers only unless asked."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from loraviewer.adapters.about.metadata import read_metadata
from loraviewer.adapters.about.summary import common_dtype, summary_of
from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.configuration.own_alphas import own_alpha_doubts
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import FileHashes, file_hashes
from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.groups import Group, adapter_groups, split_groups
from loraviewer.adapters.inspection.opening_facts import opening_facts
from loraviewer.adapters.inspection.pipeline import folder_facts
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.recognition.checkpoint_header import (
    WHAT_IT_IS,
    CheckpointFacts,
    checkpoint_facts,
)
from loraviewer.adapters.recognition.families import family_of_targets
from loraviewer.adapters.recognition.prediction_beside import with_beside
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.adapter_facts import is_stranger
from loraviewer.core.adapter_paths import adapter_name
from loraviewer.core.families import family_title
from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.outcome import FileError
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.sentences import say, together
from loraviewer.core.system_reasons import reason_of

if TYPE_CHECKING:
    from loraviewer.adapters.placement import BaseReader

SMALL_FILE_BYTES = 32 << 20
"""A file whose hash takes less time than starting the program."""

_ADAPTER_KINDS = ("adapter", "unknown")


def inspect_file(
    path: Path,
    index: TargetIndex | None = None,
    values: bool = False,
    *,
    cache: HashCache | None = None,
    read_base: "BaseReader | None" = None,
) -> dict[str, Any]:
    """The JSON fields of `loraviewer inspect` for an adapter, a checkpoint file or a diffusers
    folder; `type` is "unknown" for any other safetensors file. Raises `FileError`.

    With the `index` of a base, also where every key of an adapter ends. With `values`, hashes any
    file, and reads the tensors of an adapter; the base's too, where a change depends on them and
    `read_base` is given.
    """
    if os.path.isdir(path):
        return folder_facts(path)
    header = read_weights_header(path)
    holds = checkpoint_facts(header)
    split = groups_of(header, holds)
    groups = adapter_groups(header, split)
    if not groups:
        facts = _other_facts(path, header, holds)
        return facts | (_hash_facts(path, header, values, cache) if values else {})
    facts = _adapter_facts(summary_of(header, path, groups), header)
    facts |= _hash_facts(path, header, values, cache)
    configuration = FileConfiguration.of(header, path)
    if index is not None:
        report = match_file(header, index, configuration, split).report("")
        facts |= _matching_facts(report, facts["candidates"], family_of_targets(index))
    if values:
        from loraviewer.adapters.inspection.values import value_facts

        facts["doubts"] += own_alpha_doubts(header, path, groups, configuration)
        facts |= value_facts(path, header, index, read_base)
        facts |= {} if facts["finite"] else _broken_facts(facts)
    return facts


def groups_of(header: Header, holds: CheckpointFacts) -> tuple[Group, ...]:
    """All groups of a file that may be an adapter; none of a file that is something else."""
    return split_groups(header.tensors) if holds.kind in _ADAPTER_KINDS else ()


def _adapter_facts(summary: AdapterSummary, header: Header) -> dict[str, Any]:
    said = read_metadata(header.metadata)
    return {
        "type": "adapter",
        "name": summary.name,
        "family": summary.family,
        "candidates": list(summary.candidates),
        "evidence": list(summary.evidence),
        "naming": list(summary.naming),
        "kinds": summary.kinds,
        "modules": summary.modules,
        "ranks": rank_range(summary.ranks),
        "scaling": summary.scaling,
        "doubts": list(summary.doubts),
        "dtype": summary.dtype,
        "has_text_encoder": summary.has_text_encoder,
        "trigger_words": list(summary.trigger_words),
        "suggested_strength": summary.suggested_strength,
        "title": summary.title,
        "description": summary.description,
        "notes": summary.notes,
        "author": said.author,
        "said_base": summary.said_base,
        "resolution": said.resolution,
        "software": said.software,
        "preview": summary.preview_path or None,
        "problems": list(summary.problems),
        "embedded_hashes": said.embedded_hashes,
        "metadata": header.metadata,
    }


def rank_range(ranks: tuple[int, int] | None) -> dict[str, int] | None:
    """As JSON has it."""
    return {"min": ranks[0], "max": ranks[1]} if ranks else None


def _hash_facts(
    path: Path, header: Header, values: bool, cache: HashCache | None
) -> dict[str, Any]:
    """`sha256`, null for a large file that nobody has hashed yet; all names that other tools have
    for a file only with `values`."""
    if values:
        found = (cache.hashes if cache else file_hashes)(path, header.data_offset)
        return {"sha256": found.sha256, "autov2": found.autov2, "autov3": found.autov3}
    known = _quick_hashes(path, header, cache)
    return {"sha256": known.sha256 if known else None}


def _quick_hashes(path: Path, header: Header, cache: HashCache | None) -> FileHashes | None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    if size <= SMALL_FILE_BYTES:
        return file_hashes(path, header.data_offset)
    return cache.known(path) if cache else None


def _matching_facts(
    report: AdapterReport, families: Sequence[str], base_family: str
) -> dict[str, Any]:
    return {
        "matched": list(report.matched),
        "unmatched": list(report.unmatched),
        "shape_mismatch": list(report.shape_mismatch),
        "unsupported": list(report.unsupported),
        "ignored": list(report.ignored),
        "reasons": report.reasons,
        "lost_encoders": [msgspec.structs.asdict(lost) for lost in report.lost_encoders],
        "fits": report.fits,
        "verdict": verdict(report, families, base_family),
    }


def _broken_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """No base takes infinite or undefined numbers, whatever the shapes say."""
    sentence = say("It holds infinite or undefined numbers: use another copy or an earlier save.")
    told = {"problems": [*facts["problems"], sentence]}
    return told | ({"fits": False, "verdict": sentence} if "fits" in facts else {})


def verdict(report: AdapterReport, families: Sequence[str], base_family: str) -> str:
    """One sentence for a person about an adapter on a base. `families`: all that it may have been
    made for, the likeliest first."""
    landed = _landed(report)
    if is_stranger(families, base_family, report):
        made_for, base = family_title(families[0]), family_title(base_family)
        return say(
            "Made for {made_for}; the base is {base}: {landed}.",
            made_for=made_for,
            base=base,
            landed=landed,
        )
    if report.is_complete:
        return (
            say("Fits: all {total} modules land.", total=report.total)
            if report.total > 1
            else say("Fits: its module lands.")
        )
    rest = together(_astray(report, base_family), ", ")
    if report.fits:
        return say("Fits in part: {landed}; {rest}.", landed=landed, rest=rest)
    return say("Does not fit: {landed}; {rest}.", landed=landed, rest=rest)


def _landed(report: AdapterReport) -> str:
    if report.total > 1:
        return say(
            "{matched} of {total} modules land", matched=len(report.matched), total=report.total
        )
    return say("{matched} of 1 module lands", matched=len(report.matched))


def _astray(report: AdapterReport, base_family: str) -> Iterator[str]:
    """How many modules found no place, by what is in the way."""
    unmatched, lost = len(report.unmatched), lost_words(report, base_family)
    if unmatched and lost:
        yield say("{count} not in the base ({lost})", count=unmatched, lost=lost)
    elif unmatched:
        yield say("{count} not in the base", count=unmatched)
    if report.shape_mismatch:
        yield say("{count} of another shape", count=len(report.shape_mismatch))
    if report.unsupported:
        yield say("{count} not understood", count=len(report.unsupported))


def _other_facts(path: Path, header: Header, holds: CheckpointFacts) -> dict[str, Any]:
    if not holds.is_checkpoint:
        return {
            "type": "unknown",
            "name": adapter_name(path),
            "family": holds.family,
            "holds": WHAT_IT_IS[holds.kind],
            "evidence": list(holds.evidence),
            "dtype": common_dtype(header),
            "parameters": holds.parameters,
            "metadata": header.metadata,
        }
    holds, problems = with_beside(path, holds)
    return {
        "type": "checkpoint",
        "name": path.stem,
        "family": holds.family,
        "variant": holds.variant,
        "prediction": holds.prediction,
        "components": _in_order(holds.components),
        "dtype": holds.dtype,
        "is_mixed": holds.is_mixed,
        "has_ema": holds.has_ema,
        "is_zero_terminal_snr": holds.is_zero_terminal_snr,
        "parameters": holds.parameters,
        **opening_facts(path, header),
        "evidence": list(holds.evidence),
        "metadata": header.metadata,
        "problems": list(problems),
    }


_ORDER = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")


def _in_order(components: Sequence[str]) -> list[str]:
    return sorted(components, key=lambda name: (_ORDER.index(name) if name in _ORDER else 99, name))
