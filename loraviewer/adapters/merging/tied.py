"""Weights that several modules share: one tensor with several names."""

from collections.abc import Mapping

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.targets import WeightKey


class TiedNames:
    """Of all names of a weight the first in order stands for it in recipes and base weights."""

    def __init__(self, live: Mapping[WeightKey, object]) -> None:
        """live: one object for all names of a weight: the tensor, or what stands for it."""
        names: dict[int, list[WeightKey]] = {}
        for key in sorted(live):
            names.setdefault(id(live[key]), []).append(key)
        self._tied = {keys[0]: tuple(keys) for keys in names.values() if len(keys) > 1}
        self._first = {key: first for first, keys in self._tied.items() for key in keys}
        self._known: dict[str, tuple[Adapter, Adapter]] = {}

    def first(self, key: WeightKey) -> WeightKey:
        return self._first.get(key, key)

    def all(self, key: WeightKey) -> tuple[WeightKey, ...]:
        """Every name of the weight that is `key` first of all."""
        return self._tied.get(key, (key,))

    def untied(self, adapters: Mapping[str, Adapter]) -> Mapping[str, Adapter]:
        """The adapters with each weight under its first name. Of several changes of one weight
        that of the first name counts."""
        if not self._tied:
            return adapters
        return {sha: self._untied(adapter) for sha, adapter in adapters.items()}

    def _untied(self, adapter: Adapter) -> Adapter:
        known = self._known.get(adapter.sha256)
        if known is None or known[0] is not adapter:
            by_first = {
                self.first(key): adapter.weights[key]
                for key in sorted(adapter.weights, reverse=True)
            }
            mine = Adapter(adapter.sha256, adapter.name, adapter.path, by_first)
            known = self._known[adapter.sha256] = (adapter, mine)
        return known[1]

    def keep_only(self, sha256s: Mapping[str, Adapter]) -> None:
        """Forget all other adapters."""
        for sha in self._known.keys() - sha256s.keys():
            del self._known[sha]
