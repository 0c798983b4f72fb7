"""`--cluster`: who makes the pictures of `loraviewer lab ladder` and its like, elsewhere."""

from collections.abc import Callable
from pathlib import Path

import platformdirs
import typer

from loraviewer.cluster_pictures import cluster_wish
from loraviewer.core.experiments.description import Experiment
from loraviewer.lab.runners.cluster.messages import Working, read_sentence
from loraviewer.lab.runners.cluster.runner import ClusterRunner


def cluster_runner(experiment: Experiment, address: str, workers: int, cores: int) -> ClusterRunner:
    """workers: 0 for as many as there is room for. Raises `LoraviewerError`."""
    from loraviewer.adapters.files.hash_cache import HashCache

    cache = platformdirs.user_cache_path("loraviewer", appauthor=False)
    hashes = HashCache(cache / "hashes.sqlite")

    def sha256_of(path: Path) -> str:
        return hashes.hashes(path, 0).sha256

    wish = cluster_wish(experiment, address, sha256_of, workers, cores)
    return ClusterRunner(wish, _telling())


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
