"""What every way of applying a stack to a base offers, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import FailureKind, MergeError
from loraviewer.core.stack import AppliedAdapter


class MergeOutOfMemory(MergeError):  # noqa: N818 - the field's word
    """Memory ran out while merging; the previous weights are in place."""

    kind = FailureKind.MEMORY


class QuantisedWeight(MergeError):  # noqa: N818 - it says what the weight is
    """Its base weight W₀ cannot be had as numbers that a change could be computed from."""


@dataclass(frozen=True)
class MergeResult:
    """`weights_rebuilt`: how many weights were written. `is_draft`: the live weights are those of
    a held fader, at most a rounding step from the settled ones."""

    weights_rebuilt: int
    merge_ms: float
    is_draft: bool = False


class Merger(Protocol):
    """One stack at a time on the networks of one base, which it alone changes. One thread."""

    @property
    def applied(self) -> tuple[AppliedAdapter, ...]:
        """The stack that is in force, in canonical order, silent entries left out."""
        ...

    @property
    def base_identity(self) -> str:
        """Fingerprint of all base weights."""
        ...

    @property
    def holds_faders(self) -> bool:
        """Whether a held fader may have weights of its own; without, they are always settled."""
        ...

    @property
    def is_draft(self) -> bool:
        """Whether the stack is in force as a held fader gives it, and not settled."""
        ...

    @property
    def touched_names(self) -> tuple[str, ...]:
        """Names of the live tensors that differ from the base, as "unet.conv_in.weight", sorted."""
        ...

    @property
    def touched_bytes(self) -> int:
        """Size of the touched weights."""
        ...

    @property
    def kept_bytes(self) -> int:
        """All memory kept beside the live weights and the adapters' own tensors."""
        ...

    def apply(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
        held: str = "",
        grasped: Sequence[AppliedAdapter] = (),
        rule: MergeRule = SUM,
    ) -> MergeResult:
        """Put a stack in force; `adapters` by sha256. A transaction: all modules or none.

        held: sha256 of the adapter whose fader a person holds, "" for a settled stack. `grasped`:
        the settled stack when it was grasped, () where that is not known. `rule`: how the
        adapters of a weight become one change; nothing is held where it is not the sum. Raises
        `MergeError` that names adapter and module, or `Cancelled`; everything is then as before,
        byte for byte. The token is checked before every module.
        """
        ...

    def base_weight(self, key: WeightKey) -> torch.Tensor:
        """W₀ of any weight, whatever stack is in force: (out, n) in its own dtype, never to be
        written to. Raises `QuantisedWeight` for one that is quantised, and any other `MergeError`
        where it cannot be had."""
        ...

    def untied(self, adapters: Mapping[str, Adapter]) -> Mapping[str, Adapter]:
        """The adapters as the merger sees them: of a weight with several names, its first."""
        ...

    def merges(self, key: WeightKey) -> bool:
        """Whether changes of this weight are merged into it, and not computed beside it."""
        ...

    def limit_held_sums(self, limit_bytes: int) -> None:
        """What a held fader may keep, from the next one on."""
        ...

    def restore(self) -> None:
        """Back to the base, bit for bit."""
        ...

    def fingerprint(self) -> str:
        """Of everything that decides what the networks compute; that of the base while no adapter
        is applied."""
        ...

    def verify(self, token: CancelToken | None = None) -> tuple[str, ...]:
        """Names of the tensors that differ from what the stack must give; () if all is well.
        `Cancelled` before any tensor where the token says so."""
        ...

    def heal(self) -> None:
        """Write again what `verify` names; `MergeError` if a tensor has no base copy here."""
        ...
