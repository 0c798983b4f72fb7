"""The claims that no experiment of pictures answers, tried on the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from loraviewer.core.cancel import CancelToken
from loraviewer.core.experiments.claim_results import Finding
from loraviewer.core.request import AskedMergeMode, CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.baking import open_workbench
from loraviewer.engine.measurable import measurable_weights
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.lab.claims.spread import spreads
from loraviewer.lab.claims.timing import timed
from loraviewer.lab.claims.weights import merged, rows
from loraviewer.lab.one_thread import one_thread

_COUNTS = (1, 4, 12)
"""Of the styles, as many at once."""
_ROUNDS = 21
_WAYS: Mapping[str, AskedMergeMode] = {"merged": "merged", "beside": "unmerged"}

Styles = tuple[AppliedAdapter, ...]


def found_without_pictures(base: str, styles: Styles) -> dict[str, Callable[[], Finding]]:
    """By claim. Each takes minutes, on one of torch's threads. Raises `LoraviewerError`."""
    return {"merged": lambda: _merged(base, styles), "rows": lambda: _rows(base, styles)}


def _merged(base: str, styles: Styles) -> Finding:
    with one_thread():
        painters = {name: _opened(base, mode) for name, mode in _WAYS.items()}
        sampling = painters["merged"].checkpoint.family.sampling()
        request = GenerationRequest(checkpoint=CheckpointRef(base), sampling=sampling)
        stacks = [(), *(styles[:count] for count in _COUNTS)]
        times = timed(painters, stacks, request, _ROUNDS)
    return merged(times, *_WAYS)


def _rows(base: str, styles: Styles) -> Finding:
    bench = measurable_weights(open_workbench(base, styles, CancelToken(), _silently))
    return rows(list(spreads(styles, bench.adapters, bench.read_base)))


def _opened(base: str, mode: AskedMergeMode) -> StudioEngine:
    engine = StudioEngine(merge_mode=mode, image_cache_bytes=0, previews=False)
    engine.load_checkpoint(base, CancelToken(), _silently)
    return engine


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass
