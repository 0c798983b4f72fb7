"""Adapter files → `Adapter`: which weights change and how, and a report of every key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from loraviewer.adapters.about.summary import no_adapter, summarise
from loraviewer.adapters.configuration.doubts import Strength
from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.files.hashing import stream_sha256
from loraviewer.adapters.files.header import Header, read_header_from
from loraviewer.adapters.files.header_json import shortened
from loraviewer.adapters.group_reader import GroupReader
from loraviewer.adapters.groups import adapter_groups, split_groups
from loraviewer.adapters.kinds.base import GroupProblem
from loraviewer.adapters.landed_energy import landed_energy
from loraviewer.adapters.matching import Matching, match_file
from loraviewer.adapters.placement import WeightDelta
from loraviewer.adapters.recognition.families import family_evidence, family_of_targets
from loraviewer.adapters.targets import TargetIndex, WeightKey
from loraviewer.core.adapter_facts import is_stranger
from loraviewer.core.adapter_paths import adapter_file, adapter_name
from loraviewer.core.cancel import CancelToken
from loraviewer.core.families import FAMILY_TITLES
from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.outcome import AdapterError, FileError, text_of
from loraviewer.core.regular_files import open_regular
from loraviewer.core.reports import AdapterReport
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

__all__ = ["Adapter", "NothingMatches", "load_adapter", "summarise"]


@dataclass(frozen=True)
class Adapter:
    """A loaded adapter: ΔW of each weight it changes. `sha256` is of the whole file."""

    sha256: str
    name: str
    path: str
    weights: Mapping[WeightKey, WeightDelta]


def load_adapter(
    path: Path, index: TargetIndex, token: CancelToken | None = None
) -> tuple[Adapter, AdapterReport]:
    """Read an adapter, a file or its folder, and match it against a base.

    Raises `FileError` for a damaged file, `NothingMatches` where no module fits, `AdapterError`
    where it holds no adapter or a factor is not finite, `Cancelled` between modules.
    """
    path = adapter_file(path)
    try:
        with open_regular(path) as file:
            before = os.fstat(file.fileno())
            adapter, report = _load(file, path, index, token or CancelToken())
            after = os.fstat(file.fileno())
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileError(
            say("“{path}” changed while it was being read; open it again.", path=str(path))
        )
    return adapter, report


def _load(
    file: BinaryIO, path: Path, index: TargetIndex, token: CancelToken
) -> tuple[Adapter, AdapterReport]:
    header = read_header_from(file, path)
    groups = split_groups(header.tensors)
    modules = adapter_groups(header, groups)
    if not modules:
        raise AdapterError(no_adapter(header, path))
    configuration = FileConfiguration.of(header, path)
    matching = match_file(header, index, configuration, groups)
    reader = GroupReader(file, path, header, configuration)
    weights: dict[WeightKey, WeightDelta] = {}
    for match in list(matching.matches):
        token.raise_if_cancelled()
        try:
            weights |= reader.weights(match)
        except GroupProblem as problem:
            matching.withdraw(match, text_of(problem))
    sha256 = stream_sha256(file, token)
    if not matching.matches:
        sentence = _nothing_matches(header, configuration, index, matching)
        raise NothingMatches(sentence, matching.report(sha256, 0.0))
    energy = landed_energy(reader, matching, token)
    report = msgspec.structs.replace(
        matching.report(sha256, energy.share),
        lost_energy=energy.lost,
        doubts=(
            *Strength(header, modules, configuration).doubts,
            *reader.alphas.doubts,
        ),
    )
    return Adapter(sha256, adapter_name(path), str(path), weights), report


_ADVICE = say("a folder of components (--components, or in the File menu) gives it")


class NothingMatches(AdapterError):  # noqa: N818 - not the file's fault
    """No module of the file fits the base; `report` names each, with the reason."""

    def __init__(self, message: str, report: AdapterReport) -> None:
        super().__init__(message)
        self.report = report


def _nothing_matches(
    header: Header, configuration: FileConfiguration, index: TargetIndex, matching: Matching
) -> str:
    path, base_family = configuration.path, family_of_targets(index)
    evidence = family_evidence(header, bases=configuration.bases)
    made_for, base = FAMILY_TITLES.get(evidence.family), FAMILY_TITLES.get(base_family)
    if made_for and base and is_stranger(evidence.candidates, base_family):
        return say(
            "“{path}” was made for {made_for}; the base is {base}. Load a fitting base.",
            path=str(path),
            made_for=made_for,
            base=base,
        )
    if lost := lost_words(matching.report(""), base_family, _ADVICE):
        return say("“{path}” fits nowhere in the loaded base: {lost}.", path=str(path), lost=lost)
    name, reason = next(iter(matching.reasons.items()), ("", ""))
    if reason:
        return say(
            "“{path}” fits nowhere in the loaded base; “{name}”: {reason}.",
            path=str(path),
            name=shortened(name),
            reason=reason,
        )
    if made_for:
        return say(
            "“{path}” was made for {made_for} and matches nothing in the loaded base.",
            path=str(path),
            made_for=made_for,
        )
    example = shortened(next(iter(header.tensors)))
    return say(
        "“{path}” matches nothing in the loaded base; it names tensors like “{example}”.",
        path=str(path),
        example=example,
    )
