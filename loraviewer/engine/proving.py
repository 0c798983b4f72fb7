"""An export is proven by loading it again, and by its pictures beside those of its stack."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collector import keep_for_good, resume_collector
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.exports import COMPARING
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import Progress
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.studio_engine import StudioEngine


@dataclass(frozen=True)
class Proof:
    """How far the export's picture of a seed lies from the stack's, in levels of 255: 0 where they
    are the same."""

    seed: int
    mean_levels: float
    largest_levels: int


@dataclass(frozen=True)
class Exported:
    """`is_adapter`: one file for the same base, at strength 1; else a checkpoint of its own."""

    path: Path
    is_adapter: bool


def proofs(
    base: str,
    applied: tuple[AppliedAdapter, ...],
    exported: Exported,
    prompt: str,
    seeds: Sequence[int],
    token: CancelToken,
    on_progress: LoadProgress,
    rule: MergeRule = SUM,
) -> list[Proof]:
    """One for each seed, at the checkpoint's own settings, in the precision that suits the machine:
    in another one than the files', what was rounded while writing shows. Raises as rendering
    does."""
    engine = StudioEngine(image_cache_bytes=0, previews=False)
    engine.load_checkpoint(base, token, on_progress)
    keep_for_good()
    resume_collector()
    sampling = msgspec.structs.replace(engine.checkpoint.family.sampling(), prompt=prompt)
    plain = GenerationRequest(checkpoint=CheckpointRef(base), sampling=sampling)
    stack = msgspec.structs.replace(plain, adapters=applied, merge_rule=rule)
    wanted = list(_pictures(engine, stack, seeds, token, on_progress, 0.0))
    if exported.is_adapter:
        alone = msgspec.structs.replace(plain, adapters=(_as_adapter(exported.path, token),))
    else:
        engine.load_checkpoint(str(exported.path), token, on_progress)
        alone = msgspec.structs.replace(plain, checkpoint=CheckpointRef(str(exported.path)))
    got = list(_pictures(engine, alone, seeds, token, on_progress, 0.5))
    engine.close()
    return [_proof(seed, *pair) for seed, *pair in zip(seeds, wanted, got, strict=True)]


def _pictures(
    engine: StudioEngine,
    request: GenerationRequest,
    seeds: Sequence[int],
    token: CancelToken,
    on_progress: LoadProgress,
    begun: float,
) -> Iterator[Picture]:
    """begun: how much of all was done before."""
    for done, seed in enumerate(seeds):
        on_progress(COMPARING, begun + 0.5 * done / len(seeds))
        yield engine.render(request.with_seed(seed), token, _silently).picture


def _as_adapter(path: Path, token: CancelToken) -> AppliedAdapter:
    return AppliedAdapter(file_sha256(path, token), 1.0, 1.0, path.stem, str(path))


def _proof(seed: int, wanted: Picture, got: Picture) -> Proof:
    pair = [np.frombuffer(one.rgb, np.uint8).astype(np.int16) for one in (wanted, got)]
    distance = np.abs(pair[0] - pair[1])
    return Proof(seed, round(float(distance.mean()), 4), int(distance.max()))


def _silently(progress: Progress) -> None:
    pass
