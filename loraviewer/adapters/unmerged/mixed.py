"""One stack on weights of which some are merged and others have branches beside them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import xxhash
from torch import nn

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import Merger, MergeResult, QuantisedWeight
from loraviewer.adapters.merging.recipes import canonical, entries_by_weight
from loraviewer.adapters.placement import PlacedDelta, WeightDelta
from loraviewer.adapters.storage import packing_of, weight_numbers
from loraviewer.adapters.targets import WeightKey
from loraviewer.adapters.unmerged.branches import UnmergedBranches
from loraviewer.core.cancel import CancelToken
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import MergeError
from loraviewer.core.reports import ModeChoice
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter


@dataclass(frozen=True)
class _Split:
    """An adapter in two: what goes into weights, and what is computed beside them."""

    whole: Adapter
    merged: Adapter
    beside: Adapter


class MixedMerger:
    """Implements `Merger`. In the components that `modes` calls unmerged, linear layers
    and convolutions get branches; what no branch can express (biases, norms, embeddings: all of
    them small) is merged there, too.
    """

    def __init__(
        self,
        components: Mapping[str, nn.Module],
        modes: Mapping[str, ModeChoice],
        merger: Merger,
    ) -> None:
        """`merger` owns the same components, which hold base weights now."""
        self._packed = {
            (name, f"{path}.weight"): module
            for name, network in components.items()
            for path, module in network.named_modules(remove_duplicate=False)
            if packing_of(module)
        }
        self._unmerged = {name for name, choice in modes.items() if choice.mode == "unmerged"}
        self._merger = merger
        self._branches = UnmergedBranches({name: components[name] for name in self._unmerged})
        self._splits: dict[str, _Split] = {}

    @property
    def applied(self) -> tuple[AppliedAdapter, ...]:
        """The stack that weights and branches hold together, in canonical order."""
        return self._merger.applied

    @property
    def base_identity(self) -> str:
        """Fingerprint of all base weights."""
        return self._merger.base_identity

    @property
    def touched_names(self) -> tuple[str, ...]:
        """Names of the live tensors that differ from the base: those that are merged."""
        return self._merger.touched_names

    @property
    def touched_bytes(self) -> int:
        """Size of the touched weights: those that are merged."""
        return self._merger.touched_bytes

    @property
    def kept_bytes(self) -> int:
        """Memory kept beside the live weights and the adapters, branches among them."""
        return self._merger.kept_bytes + self._branches.kept_bytes

    @property
    def holds_faders(self) -> bool:
        """Branches are always settled, and one picture is of one kind."""
        return False

    @property
    def is_draft(self) -> bool:
        """Branches always are the settled ones."""
        return False

    def apply(
        self,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        token: CancelToken,
        held: str = "",
        grasped: Sequence[AppliedAdapter] = (),
        rule: MergeRule = SUM,
    ) -> MergeResult:
        """Weights and branches in one transaction. `held` and
        `grasped` change nothing here: a moved fader only writes scales. What is computed beside
        weights is summed: `MergeError` for another `rule` where the stack has any of it."""
        started = time.perf_counter()
        splits = self._split({a.sha256 for a in applied if not a.is_silent}, adapters)
        merged = {sha: split.merged for sha, split in splits.items()}
        beside = {sha: split.beside for sha, split in splits.items()}
        self._check_rule(rule, applied, beside)
        prepared = self._branches.prepare(applied, beside, token)
        result = self._merger.apply(applied, merged, token, rule=rule)
        prepared.commit()
        self._splits = splits
        rebuilt = result.weights_rebuilt + prepared.modules_built
        return MergeResult(rebuilt, (time.perf_counter() - started) * 1e3)

    def base_weight(self, key: WeightKey) -> torch.Tensor:
        """Of one that is quantised, the numbers it stands for, where they can be told."""
        if key in self._packed:
            weight = weight_numbers(self._packed[key])
            if weight is not None:
                return weight.reshape(len(weight), -1)
            raise QuantisedWeight(
                say(
                    "“{weight}” is quantised; its base weight cannot be read here.",
                    weight=".".join(key),
                )
            )
        return self._merger.base_weight(key)

    def untied(self, adapters: Mapping[str, Adapter]) -> Mapping[str, Adapter]:
        return self._merger.untied(adapters)

    def merges(self, key: WeightKey) -> bool:
        """Whether changes of this weight are merged into it."""
        return not self._is_beside(key)

    def limit_held_sums(self, limit_bytes: int) -> None:
        """Of what is merged."""
        self._merger.limit_held_sums(limit_bytes)

    def restore(self) -> None:
        """Back to the base, bit for bit."""
        self.apply((), {}, CancelToken())

    def fingerprint(self) -> str:
        """Of live weights and branches; that of the base where no adapter is heard."""
        weights, beside = self._merger.fingerprint(), self._branches.digest()
        return xxhash.xxh3_128_hexdigest(f"{weights}|{beside}".encode()) if beside else weights

    def verify(self, token: CancelToken | None = None) -> tuple[str, ...]:
        """Names of the tensors, and of the weights with branches beside them, that differ from
        what the stack must give."""
        return tuple(sorted({*self._merger.verify(token), *self._branches.verify()}))

    def heal(self) -> None:
        """Write again what `verify` names; `MergeError` if a tensor has no base copy here."""
        self._branches.heal()
        self._merger.heal()

    def _split(self, wanted: set[str], adapters: Mapping[str, Adapter]) -> dict[str, _Split]:
        """What is not loaded is left out, and named further down."""
        found = {}
        for sha in wanted & adapters.keys():
            known, adapter = self._splits.get(sha), adapters[sha]
            is_known = known is not None and known.whole is adapter
            found[sha] = known if is_known else self._split_one(adapter)
        return found

    def _split_one(self, adapter: Adapter) -> _Split:
        merged: dict[WeightKey, WeightDelta] = {}
        beside: dict[WeightKey, WeightDelta] = {}
        for key, delta in adapter.weights.items():
            self._check_side(adapter, key, delta)
            (beside if self._is_beside(key) else merged)[key] = delta
        return _Split(adapter, _with_weights(adapter, merged), _with_weights(adapter, beside))

    def _check_rule(
        self, rule: MergeRule, applied: Sequence[AppliedAdapter], beside: Mapping[str, Adapter]
    ) -> None:
        known = [entry for entry in canonical(applied) if entry.sha256 in beside]
        keys = sorted(entries_by_weight(known, beside))
        if rule.is_sum or not keys:
            return
        packed = next((key for key in keys if key in self._packed), None)
        raise MergeError(_misruled(rule, ".".join(packed or keys[0]), is_packed=bool(packed)))

    def _is_beside(self, key: WeightKey) -> bool:
        return key[0] in self._unmerged and self._branches.is_branchable(key)

    def _check_side(self, adapter: Adapter, key: WeightKey, delta: WeightDelta) -> None:
        """What is merged must be floats, and a change relative to base weights can only be computed
        where all of them are on its own side."""
        if not self._is_beside(key) and key in self._packed:
            raise MergeError(
                say(
                    "“{name}” changes “{weight}”, whose quantised weights can neither be merged "
                    "into nor computed beside; remove the adapter.",
                    name=adapter.name,
                    weight=".".join(key),
                ),
                subject=adapter.sha256,
            )
        if not isinstance(delta, PlacedDelta) or not delta.delta.needs_base:
            return
        parts = [landing.target.weight_key(delta.role) for landing in delta.landings]
        if any(self._is_beside(part) != self._is_beside(key) for part in parts):
            raise MergeError(
                say(
                    "“{name}” changes “{weight}” together with weights that are merged otherwise; "
                    "merge adapters into all weights, or remove it.",
                    name=adapter.name,
                    weight=".".join(key),
                ),
                subject=adapter.sha256,
            )


def _with_weights(adapter: Adapter, weights: Mapping[WeightKey, WeightDelta]) -> Adapter:
    return Adapter(adapter.sha256, adapter.name, adapter.path, weights)


def _misruled(rule: MergeRule, weight: str, *, is_packed: bool) -> str:
    if is_packed:
        return say(
            "The merge rule “{rule}” needs all adapters in the weights, and “{weight}” is "
            "quantised, so that adapters are computed beside it; choose the sum.",
            rule=rule.text,
            weight=weight,
        )
    return say(
        "The merge rule “{rule}” needs all adapters in the weights, and “{weight}” has its "
        "adapters computed beside it; choose the sum, or merge adapters into all weights.",
        rule=rule.text,
        weight=weight,
    )
