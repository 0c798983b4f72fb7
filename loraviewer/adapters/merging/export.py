"""Writing what the live weights hold: a checkpoint with exactly those weights, or one LoRA file."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from loraviewer.adapters.about.part_metadata import notes_metadata
from loraviewer.adapters.files.checkpoint_files import (
    ParameterNames,
    same_parameters,
    write_folder,
    write_single_file,
)
from loraviewer.adapters.files.safetensors_writer import write_safetensors
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.adapter_names import (
    AdapterNames,
    NamesChoice,
    chosen_names,
    companions,
    has_factors,
    has_place,
    is_read_elsewhere,
    is_unknown_to_diffusers,
    named_tensors,
)
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.recipes import canonical, pick_adapters
from loraviewer.adapters.merging.stack_changes import changes_of
from loraviewer.adapters.name_lists import quoted
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.licences import PartNote
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import FileError
from loraviewer.core.outputs import check_layout
from loraviewer.core.sentences import say, together
from loraviewer.core.stack import AppliedAdapter

_STORED_DTYPE = torch.float32


@dataclass(frozen=True)
class Written:
    """What a written adapter file holds of its stack; energies are ‖ΔW‖²_F over all weights."""

    names: AdapterNames
    energy: float
    """Of the stack's changes in the base."""
    lost: float
    """Of what was rounded, cut off by the rank, or left out."""
    left_out: tuple[str, ...]
    """Parameters, as "transformer.norm.weight", whose change has no place in these names."""
    refused: tuple[str, ...] = ()
    """Parameters, named alike, whose change is in the file in a form that diffusers refuses."""
    unread: tuple[str, ...] = ()
    """Parameters whose change is in the file, and that only loraviewer is known to read."""
    unlanded: float | None = 0.0
    """Of what found no place in the base; None where that is not known."""
    without_loader: tuple[str, ...] = ()
    """Parameters of a text encoder for which diffusers has no loader, and refuses the file."""

    @property
    def relative_error(self) -> float | None:
        """‖ΔW − ΔW_file‖_F / ‖ΔW‖_F, of the whole files; None where part of them is not known."""
        if self.unlanded is None:
            return None
        whole = self.energy + self.unlanded
        return math.sqrt((self.lost + self.unlanded) / whole) if whole else 0.0

    def notes(self, out: Path) -> list[str]:
        """What the file cannot hold or not every program reads, and what can be done; without a
        full stop."""
        notes: list[str] = []
        if self.left_out:
            notes.append(_placeless(out, self.left_out))
        if self.refused:
            notes.append(
                say(
                    "{path}: diffusers refuses the file for {changes}; --names peft leaves them "
                    "out",
                    path=str(out),
                    changes=_changes(self.refused),
                )
            )
        if self.without_loader:
            notes.append(
                say(
                    "{path}: diffusers refuses the file for {changes}, having no loader for that "
                    "text encoder; text strengths of 0 leave them out",
                    path=str(out),
                    changes=_changes(self.without_loader),
                )
            )
        if self.unread:
            notes.append(
                say(
                    "{path}: neither ComfyUI nor diffusers reads {changes}",
                    path=str(out),
                    changes=_changes(self.unread),
                )
            )
        return notes


def write_checkpoint(
    out: Path,
    source: Path,
    components: Mapping[str, nn.Module],
    touched_names: Collection[str],
    names: ParameterNames = same_parameters,
    *,
    metadata: Mapping[str, str] | None = None,
    notes: Mapping[str, bytes] | None = None,
) -> None:
    """Write `source` with its touched weights replaced by the live ones, all else byte-identical.

    `touched_names` as "unet.conv_in.weight" (`WeightMerger.touched_names`). The components must
    have the dtype of the files; `names` says what these call their parameters. A diffusers folder
    gives a folder, a single file a single file; `FileError` for anything else. `metadata`: of a
    single file, in place of its own. `notes`: files to lie beside model_index.json.
    """
    check_layout(out, source)
    if source.is_dir():
        write_folder(out, source, components, touched_names, names, notes=notes)
    else:
        write_single_file(out, source, components, touched_names, names, metadata=metadata)


def write_adapter(
    out: Path,
    components: Mapping[str, nn.Module],
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    rank: int | None = None,
    *,
    names: NamesChoice = "auto",
    is_strict: bool = False,
    unlanded: float | None = 0.0,
    base_identity: str = "",
    rule: MergeRule = SUM,
    parts: Sequence[PartNote] = (),
) -> Written:
    """Write the stack as one adapter file that applies at scale 1.

    `components` must hold base weights. `parts`: what base and adapters say of their licences, for
    the file's metadata. `rule`: how the adapters become one change. rank None: the
    exact concatenation of the scaled factors, of full rank where a kind or the rule has no low-rank
    form; else the best approximation of at most this rank for every weight. What no factors
    describe (biases, norms, embeddings) is written whole in kohya names, as `diff` and `diff_b`,
    which diffusers refuses; in PEFT's it has no place and is left out, counted as lost. The result
    names both. Losses include the file's float32 rounding. `unlanded` is the energy of what the
    adapters change elsewhere. Raises `FileError`, also for changes that would be left out where
    `is_strict`, and then nothing is written.
    """
    if rank is not None and rank < 1:
        raise FileError(say("The rank must be at least 1, not {rank}.", rank=rank))
    stack = canonical(applied)
    pool = pick_adapters(stack, adapters)
    sheet = _Sheet(chosen_names(names, components), rank, components)
    with torch.no_grad():
        for key, change in changes_of(components, applied, adapters, rule):
            sheet.add(key, change)
    sheet.complete()
    sheet.check(out)
    written = sheet.written(unlanded)
    if is_strict and written.left_out:
        raise FileError(say("{note}, or leave out --strict.", note=written.notes(out)[0]))
    with new_file(out) as temporary:
        provenance = _provenance(stack, pool, method_words(rule, rank), written, base_identity)
        write_safetensors(temporary, sheet.tensors, provenance | notes_metadata(parts))
    return written


def _placeless(out: Path, names: Sequence[str]) -> str:
    if len(names) == 1:
        return say(
            "{path}: 1 change has no place in PEFT names ({example}); --names kohya holds them all",
            path=str(out),
            example=_example(names),
        )
    return say(
        "{path}: {count} changes have no place in PEFT names ({example}); --names kohya holds "
        "them all",
        path=str(out),
        count=len(names),
        example=_example(names),
    )


def _example(names: Sequence[str]) -> str:
    return quoted(names[0]) if len(names) == 1 else together([quoted(names[0]), "…"])


def _changes(names: Sequence[str]) -> str:
    if len(names) == 1:
        return say("1 change ({example})", example=_example(names))
    return say("{count} changes ({example})", count=len(names), example=_example(names))


_UNKNOWN_TO_DIFFUSERS = "add_embedding."
"""Of SDXL’s UNet, a name that diffusers 0.42 does not know."""


class _Sheet:
    """The tensors of a file to be, and what of the changes they do not hold."""

    def __init__(
        self, names: AdapterNames, rank: int | None, components: Mapping[str, nn.Module]
    ) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self._names: AdapterNames = names
        self._rank = rank
        self._components = components
        self._keys: list[WeightKey] = []
        self._left_out: list[str] = []
        self._refused: list[str] = []
        self._unread: list[str] = []
        self._without_loader: list[str] = []
        self._energy = self._lost = 0.0

    def add(self, key: WeightKey, exact: LowRank | torch.Tensor) -> None:
        energy = _energy(exact)
        self._energy += energy
        if not has_place(self._names, key, self._components):
            self._left_out.append(".".join(key))
            self._lost += energy
            return
        kept, lost = _kept(self._factored(key, exact), self._rank)
        self._lost += lost
        self._note_readers(key, kept)
        self._keys.append(key)
        self.tensors |= named_tensors(self._names, key, kept, self._components)

    def _note_readers(self, key: WeightKey, kept: LowRank | torch.Tensor) -> None:
        is_refused = not isinstance(kept, LowRank) or key[1].startswith(_UNKNOWN_TO_DIFFUSERS)
        if is_unknown_to_diffusers(key, self._components):
            self._without_loader.append(".".join(key))
        elif self._names == "kohya" and is_refused:
            self._refused.append(".".join(key))
        if self._names == "kohya" and not is_read_elsewhere(key):
            self._unread.append(".".join(key))

    def _factored(self, key: WeightKey, exact: LowRank | torch.Tensor) -> LowRank | torch.Tensor:
        """Factors wherever readers take them; of an embedding only where a rank was wished."""
        if isinstance(exact, LowRank):
            return exact
        is_ranked = self._rank is not None and exact.shape[1] > 1
        return (
            LowRank.of_matrix(exact) if is_ranked or has_factors(key, self._components) else exact
        )

    def complete(self) -> None:
        """Add what readers need in order to find the rest."""
        self.tensors |= companions(self._names, self._keys, self._components)

    def check(self, out: Path) -> None:
        """Raise `FileError` where nobody could use the file."""
        broken = (name for name, t in self.tensors.items() if not torch.isfinite(t).all())
        if name := next(broken, None):
            raise FileError(
                say(
                    "“{path}” would hold infinite or undefined numbers (“{name}”); lower the "
                    "strengths of its adapters.",
                    path=str(out),
                    name=name,
                )
            )
        if self.tensors:
            return
        if self._left_out:
            raise FileError(
                say(
                    "“{path}” would be empty: PEFT names have no place for “{name}”; use kohya's "
                    "(--names kohya).",
                    path=str(out),
                    name=self._left_out[0],
                )
            )
        raise FileError(say("“{path}” would be empty: no adapter changes anything.", path=str(out)))

    def written(self, unlanded: float | None) -> Written:
        return Written(
            self._names,
            self._energy,
            self._lost,
            tuple(self._left_out),
            tuple(self._refused),
            tuple(self._unread),
            unlanded,
            tuple(self._without_loader),
        )


def _kept(exact: LowRank | torch.Tensor, rank: int | None) -> tuple[LowRank | torch.Tensor, float]:
    """What the file holds of it, and the energy of the rest."""
    if isinstance(exact, LowRank):
        kept = exact.truncated(rank or exact.rank).rounded(_STORED_DTYPE)
        return kept, exact.minus(kept).energy()
    rounded = exact.to(_STORED_DTYPE)
    return rounded, (exact - rounded.double()).square().sum().item()


def _energy(change: LowRank | torch.Tensor) -> float:
    return change.energy() if isinstance(change, LowRank) else change.square().sum().item()


def method_words(rule: MergeRule, rank: int | None = None) -> str:
    """How adapters became one change, for provenance."""
    if rule.is_sum:
        return "exact sum" if rank is None else f"svd rank {rank}"
    return rule.text if rank is None else f"{rule.text}, svd rank {rank}"


def _provenance(
    stack: Sequence[AppliedAdapter],
    pool: Mapping[str, Adapter],
    method: str,
    written: Written,
    base_identity: str,
) -> dict[str, str]:
    sources = [
        {
            "name": pool[entry.sha256].name,
            "sha256": entry.sha256,
            "scale": entry.scale,
            "text_scale": entry.text_scale,
            **({"block_scales": dict(entry.block_scales)} if entry.block_scales else {}),
        }
        for entry in stack
    ]
    error = written.relative_error
    kohya = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": "Dynamic",
    }
    return (kohya if written.names == "kohya" else {}) | {
        "software": "loraviewer",
        "loraviewer.sources": encode_json(sources).decode(),
        "loraviewer.method": method,
        "loraviewer.relative_error": "unknown" if error is None else f"{error:.3e}",
        "loraviewer.base_identity": base_identity,
        "modelspec.merged_from": ", ".join(pool[entry.sha256].name for entry in stack),
    }
