"""Adapters loaded for one checkpoint: verified by content, the most recently used kept."""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec

from loraviewer.adapters.load import Adapter, NothingMatches, load_adapter
from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import TargetIndex, WeightKey
from loraviewer.core.blocks import block_of
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError, MergeError
from loraviewer.core.reports import AdapterReport
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.rendering.prompts import TextWeights, text_weight
from loraviewer.engine.stand_ins import Material, StandIns

_SPARE_BYTES = 2 * 2**30


def no_base(key: WeightKey) -> NoReturn:
    """Where only headers of a base were read."""
    raise MergeError(say("The base weight “{weight}” cannot be read here.", weight=".".join(key)))


@dataclass(frozen=True)
class _Kept:
    adapter: Adapter
    report: AdapterReport
    file_bytes: int

    @property
    def changes_text(self) -> bool:
        return any(component in TEXT_ENCODERS for component, _ in self.adapter.weights)


class LoadedAdapters:
    """Used on the engine thread only. The last stack is kept whole, of all others the most recently
    used."""

    def __init__(
        self,
        index: TargetIndex,
        limit: int = 24,
        limit_bytes: int = _SPARE_BYTES,
        stand_ins: StandIns | None = None,
        base: BaseReader = no_base,
    ) -> None:
        """limit, limit_bytes: of adapters, and of their files, that the last stack does not use.
        stand_ins: adapters that are made from files, by the sha256 that stacks call them by; base:
        what they may be made from, too."""
        self._index = index
        self._stand_ins = dict(stand_ins or {})
        self._base = base
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._in_use: frozenset[str] = frozenset()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def know(self, stand_ins: StandIns) -> None:
        """More that stacks may name from now on."""
        self._stand_ins.update(stand_ins)

    def adapters(self, applied: Iterable[AppliedAdapter], token: CancelToken) -> dict[str, Adapter]:
        """sha256 → adapter for all of `applied`, loading what is missing.

        Raises `AdapterError` or `FileError` with the adapter's sha256 as subject.
        """
        wanted = {a.sha256: self._get(a.path, a.sha256, token).adapter for a in applied}
        self._in_use = frozenset(wanted)
        self._trim()
        return wanted

    def looked_up(
        self, applied: Iterable[AppliedAdapter], token: CancelToken
    ) -> dict[str, Adapter]:
        """As `adapters`, of what is measured: the stack of the last picture stays in use."""
        wanted = {a.sha256: self._get(a.path, a.sha256, token).adapter for a in applied}
        self._trim()
        return wanted

    def report(self, path: str, sha256: str, token: CancelToken) -> AdapterReport:
        """Where the modules of an adapter file end on this checkpoint, also if that is nowhere."""
        try:
            report = self._get(path, sha256, token).report
        except NothingMatches as nothing:
            return nothing.report
        self._trim(sha256)
        return report

    def weight_keys(self, sha256: str) -> Collection[WeightKey]:
        """The weights that an adapter changes; none of one that is not kept."""
        kept = self._kept.get(sha256)
        return kept.adapter.weights.keys() if kept else ()

    def text_weights(self, applied: Iterable[AppliedAdapter]) -> TextWeights:
        """What of a kept stack the text encoders see."""
        return tuple(
            text_weight(a)
            for a in applied
            if a.text_scale != 0.0 and self._kept[a.sha256].changes_text
        )

    def changes_text(self, sha256: str) -> bool:
        """Whether a kept adapter changes a text encoder."""
        kept = self._kept.get(sha256)
        return kept is not None and kept.changes_text

    def _get(self, path: str, sha256: str, token: CancelToken) -> _Kept:
        if sha256 not in self._kept:
            self._kept[sha256] = self._load(path, sha256, token)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]

    def _trim(self, newest: str = "") -> None:
        """A folder of hundreds may be matched one after the other and never be used."""
        spare = [sha for sha in self._kept if sha not in self._in_use and sha != newest]
        spare_bytes = sum(self._kept[sha].file_bytes for sha in spare)
        while spare and (len(spare) > self._limit or spare_bytes > self._limit_bytes):
            spare_bytes -= self._kept.pop(spare.pop(0)).file_bytes

    def _load(self, path: str, sha256: str, token: CancelToken) -> _Kept:
        if not os.path.isfile(path):
            raise AdapterError(
                say(
                    "“{path}” is no longer there; put it back, locate it, or remove the row.",
                    path=str(path),
                ),
                subject=sha256,
            )
        adapter, report = load_adapter(Path(path), self._index, token)
        stand_in = self._stand_ins.get(sha256)
        if adapter.sha256 != (stand_in.of if stand_in else sha256):
            raise AdapterError(
                say(
                    "“{path}” has changed since it was added; remove it and add it again.",
                    path=str(path),
                ),
                subject=sha256,
            )
        if stand_in is not None:
            others = Material(lambda a: self._get(a.path, a.sha256, token).adapter, self._base)
            adapter = stand_in.made(adapter, others)
        blocks = tuple(sorted({block_of(*key) for key in adapter.weights}))
        told = msgspec.structs.replace(report, blocks=blocks)
        return _Kept(adapter, told, Path(path).stat().st_size)
