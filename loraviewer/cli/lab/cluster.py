"""`--cluster`: who makes the pictures of `loraviewer lab ladder` and its like, elsewhere."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
import typer

from loraviewer.cli.lab.settled import Settled
from loraviewer.cli.lab.settling import settled_with
from loraviewer.cluster_pictures import OpenedBase, cluster_wish, unsettled_wish
from loraviewer.core.encodable import encode_json
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.request import CheckpointRef, DtypeName
from loraviewer.lab.runners.cluster.messages import Working, read_sentence
from loraviewer.lab.runners.cluster.runner import ClusterRunner, ClusterWish, asked_once


def cluster_runner(experiment: Experiment, address: str, workers: int, cores: int) -> ClusterRunner:
    """workers: 0 for as many as there is room for. Raises `LoraviewerError`."""
    return ClusterRunner(_wish(experiment, address, workers, cores), _telling())


class _Open(msgspec.Struct, frozen=True):
    """What a worker is to settle. `sampling`: as of `carried_out`; None where nothing is open."""

    given: Experiment
    sampling: dict[str, Any] | None


def settled_there(
    given: Experiment,
    base: str,
    address: str,
    chosen: tuple[str | None, DtypeName | None],
    sampling: Mapping[str, Any] | None,
) -> Settled:
    """What a worker of the cluster makes of an experiment, on the device that it has: this computer
    may have no such. base: where it lies here. chosen: device and precision."""
    device, dtype = chosen
    here = _with_base(given, CheckpointRef(base, given.base.checkpoint.identity))
    wish = unsettled_wish(_wish(here, address, 1, 1), here, device or "", dtype)
    open_ = _Open(_without_places(here), None if sampling is None else dict(sampling))
    typer.echo("loraviewer: a worker of the cluster opens the base.", err=True)
    content = asked_once(wish, "loraviewer.cli.lab.cluster:settle", encode_json(open_))
    found = msgspec.json.decode(content, type=Settled)
    identity = found.experiment.base.checkpoint.identity
    experiment = _with_base(found.experiment, CheckpointRef(base, identity))
    experiment = msgspec.structs.replace(experiment, adapters=given.adapters)
    paths = {one.sha256: one.path for one in given.adapters}
    landings = tuple(
        msgspec.structs.replace(one, path=paths[one.report.sha256]) for one in found.landings
    )
    return Settled(experiment, landings, found.notes)


def settle(opened: OpenedBase, payload: bytes) -> bytes:
    """In a worker."""
    asked = msgspec.json.decode(payload, type=_Open)
    adapters = tuple(
        msgspec.structs.replace(one, path=opened.places[one.sha256]) for one in asked.given.adapters
    )
    given = msgspec.structs.replace(asked.given, adapters=adapters)
    return encode_json(settled_with(opened.engine, opened.info, given, asked.sampling))


def _with_base(experiment: Experiment, checkpoint: CheckpointRef) -> Experiment:
    base = msgspec.structs.replace(experiment.base, checkpoint=checkpoint)
    return msgspec.structs.replace(experiment, base=base)


def _without_places(experiment: Experiment) -> Experiment:
    adapters = tuple(msgspec.structs.replace(one, path="") for one in experiment.adapters)
    identity = experiment.base.checkpoint.identity
    return _with_base(
        msgspec.structs.replace(experiment, adapters=adapters), CheckpointRef("", identity)
    )


def _wish(experiment: Experiment, address: str, workers: int, cores: int) -> ClusterWish:
    from loraviewer.adapters.files.hash_cache import HashCache

    cache = platformdirs.user_cache_path("loraviewer", appauthor=False)
    hashes = HashCache(cache / "hashes.sqlite")

    def sha256_of(path: Path) -> str:
        return hashes.hashes(path, 0).sha256

    return cluster_wish(experiment, address, sha256_of, workers, cores)


def _telling() -> Callable[[Working], None]:
    """Says when there are other nodes or workers than before."""
    last: tuple[int, int, str] | None = None

    def tell(working: Working) -> None:
        nonlocal last
        news = read_sentence(working.sentence)
        now = (working.nodes, working.workers, news)
        if now != last and working.workers:
            after = f"; {news}" if news else ""
            typer.echo(
                f"loraviewer: {working.workers} workers on {working.nodes} nodes{after}", err=True
            )
        last = now

    return tell
