"""Writing a stack for good: into a copy of its checkpoint, or as one adapter file."""

import copy
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch

from loraviewer.adapters.about.part_metadata import (
    checkpoint_metadata,
    folder_notes,
    parts_told,
)
from loraviewer.adapters.about.rights import NOTES_FILE, part_notes
from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.adapter_names import NamesChoice
from loraviewer.adapters.merging.export import method_words, write_adapter
from loraviewer.adapters.merging.live_values import LiveValues
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.rank_errors import RankErrors, rank_errors
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collector import keep_for_good, resume_collector
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.landing import Landing, asked_blocks
from loraviewer.core.licences import PartNote
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.outputs import check_layout
from loraviewer.core.reports import LostEnergy
from loraviewer.core.resources import checkpoint_path
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.opening import offline
from loraviewer.engine.opening.checkpoint import open_stored_networks
from loraviewer.engine.rewriting.forms import Form, form_of, write_form


@dataclass(frozen=True)
class Workbench:
    """A base in the precision of its files, and the adapters of a stack."""

    networks: dict[str, torch.nn.Module]
    adapters: dict[str, Adapter]
    landings: tuple[Landing, ...]
    """Of each adapter once, in the order of the stack."""

    def copies(self, dtype: torch.dtype) -> dict[str, torch.nn.Module]:
        """The networks that the adapters touch, in another precision."""
        touched = {component for a in self.adapters.values() for component, _ in a.weights}
        return {
            name: copy.deepcopy(network).to(dtype)
            for name, network in self.networks.items()
            if name in touched
        }


def bake_checkpoint(
    bench: Workbench,
    base: str,
    applied: tuple[AppliedAdapter, ...],
    out: Path,
    token: CancelToken,
    rule: MergeRule = SUM,
    form: Form | None = None,
) -> dict[str, Any]:
    """Write a checkpoint whose weights are those of the stack by a merge rule.

    form: its layout and precision (`rewriting.forms.form_of`); None for those of the base. In the
    base's own, untouched tensors stay byte-identical. Returns what was done, for JSON. Raises
    `LoraviewerError` and `Cancelled`; nothing half-written is left behind.
    """
    merger = WeightMerger(bench.networks)
    result = merger.apply(applied, bench.adapters, token, rule=rule)
    token.raise_if_cancelled()
    form = form or form_as_base(base, out)
    parts = parts_of(base, applied, token)
    method, identity = method_words(rule), merger.base_identity
    own = read_header(form.base).metadata if form.base.is_file() else {}
    metadata = checkpoint_metadata(own, parts, method, identity)
    notes = {NOTES_FILE: folder_notes(parts, method, identity)}
    values = LiveValues(bench.networks, merger, form.precision, token)
    write_form(out, form, values, metadata, notes)
    return {
        "output": str(out),
        "as": "checkpoint",
        "layout": "file" if out.is_file() else "folder",
        "dtype": form.precision,
        "merge_rule": rule.text,
        "modules": _modules(merger.touched_names),
        "merge_ms": round(result.merge_ms, 3),
        "fingerprint": merger.fingerprint(),
    } | parts_told(parts)


def form_as_base(base: str, out: Path) -> Form:
    """The base's own layout and precision. Raises `FileError` where the name of `out` does not go
    with it."""
    path = checkpoint_path(base)
    check_layout(out, path)
    return form_of(path, is_file=not path.is_dir(), precision="base")


def parts_of(
    base: str, applied: tuple[AppliedAdapter, ...], token: CancelToken
) -> tuple[PartNote, ...]:
    """What base and adapters say of themselves, with the hash of a base that is one file."""
    path = checkpoint_path(base)
    first, *others = part_notes(base, path, applied)
    sha256 = file_sha256(path, token) if path.is_file() else ""
    return (msgspec.structs.replace(first, sha256=sha256), *others)


def bake_adapter(
    bench: Workbench,
    applied: tuple[AppliedAdapter, ...],
    out: Path,
    rank: int | None,
    names: NamesChoice = "auto",
    *,
    is_strict: bool = False,
    rule: MergeRule = SUM,
    parts: Sequence[PartNote] = (),
) -> dict[str, Any]:
    """Write what a merge rule makes of the stack as one LoRA file: exactly, or at most of `rank`.
    `is_strict`: fail where its names have no place for a change. `parts`: as `parts_of` tells them.
    Returns and raises as `bake_checkpoint` does."""
    identity = WeightMerger(bench.networks).base_identity
    written = write_adapter(
        out,
        bench.networks,
        applied,
        bench.adapters,
        rank,
        names=names,
        is_strict=is_strict,
        unlanded=_unlanded(bench, applied, rule),
        base_identity=identity,
        rule=rule,
        parts=parts,
    )
    return {
        "output": str(out),
        "as": "adapter",
        "merge_rule": rule.text,
        "modules": _modules(
            key for a in bench.adapters.values() for key in map(".".join, a.weights)
        ),
        "rank": rank,
        "names": written.names,
        "left_out": list(written.left_out),
        "notes": written.notes(out),
        "relative_error": written.relative_error,
    } | parts_told(parts)


def errors_by_rank(
    bench: Workbench,
    applied: tuple[AppliedAdapter, ...],
    ranks: Collection[int] = (),
    names: NamesChoice = "auto",
    rule: MergeRule = SUM,
) -> RankErrors:
    """What `bake_adapter` would report as `relative_error` at each rank; writes nothing."""
    return rank_errors(
        *(bench.networks, applied, bench.adapters, ranks),
        names=names,
        unlanded=_unlanded(bench, applied, rule),
        rule=rule,
    )


def _unlanded(
    bench: Workbench, applied: tuple[AppliedAdapter, ...], rule: MergeRule
) -> float | None:
    """‖ΔW‖² of what found no place, summed over the adapters as if each changed other weights; what
    another rule than the sum would have made of any, nobody knows."""
    reports = {landing.report.sha256: landing.report for landing in bench.landings}
    lost = [_lost_energy(a, reports[a.sha256].lost_energy) for a in applied]
    is_known = None not in lost and (rule.is_sum or not any(lost))
    return sum(filter(None, lost)) if is_known else None


def _lost_energy(applied: AppliedAdapter, lost: LostEnergy) -> float | None:
    """In which block it would be, nobody knows of what has no place."""
    energy = lost.at(applied.scale, applied.text_scale)
    return None if energy and applied.block_scales else energy


def landings_of(
    loaded: LoadedAdapters, applied: tuple[AppliedAdapter, ...], token: CancelToken
) -> tuple[Landing, ...]:
    """Of each adapter once, in the order of the stack."""

    def landing(adapter: AppliedAdapter) -> Landing:
        report = loaded.report(adapter.path, adapter.sha256, token)
        blocks = asked_blocks(applied, adapter.sha256)
        return Landing(name=adapter.name, path=adapter.path, report=report, asked_blocks=blocks)

    return tuple({adapter.sha256: landing(adapter) for adapter in applied}.values())


def _modules(names: Iterable[str]) -> int:
    """How many modules these weights and biases belong to."""
    return len({name.rpartition(".")[0] for name in names})


def open_workbench(
    base: str,
    applied: tuple[AppliedAdapter, ...],
    token: CancelToken,
    on_progress: LoadProgress,
) -> Workbench:
    """Read a base and a stack's adapters, once for all that is done with them. Raises as
    `bake_checkpoint` does."""
    offline.seal()
    try:
        networks = open_stored_networks(base, token, on_progress)
        keep_for_good()
        resume_collector()
        loaded = LoadedAdapters(TargetIndex.of(networks))
        adapters = loaded.adapters(applied, token)
        return Workbench(networks, adapters, landings_of(loaded, applied, token))
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    raise CheckpointError(
        say("{path}: there is not enough memory to load this checkpoint.", path=base)
    )
