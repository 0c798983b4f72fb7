"""Whoever makes the pictures of an experiment in place of the studio's engine."""

import functools
import importlib.util
from pathlib import Path

from loraviewer.bridge.experiments.experiment_services import OthersHands
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import AtWork
from loraviewer.core.sentences import say
from loraviewer.lab.runners.runner import Made, Runner


def cluster_problem() -> str:
    """One sentence, "" where there is none. Imports nothing."""
    if importlib.util.find_spec("ray") is not None:
        return ""
    return say("Ray is not installed; add it with “pip install 'loraviewer[cluster]'”.")


def elsewhere(experiment: Experiment, hands: OthersHands, hashes: Path) -> Runner:
    """hashes: the file that remembers hashes of files. Pictures of the store are not made again,
    and all are told of. Raises `LoraviewerError`."""
    from loraviewer.lab.runners.stored import StoredRunner
    from loraviewer.lab.runners.told import ToldRunner

    def tell(made: Made) -> None:
        hands.told(made.asked, made.rendered)

    makes = _processes if hands.runs_on.who == "processes" else _cluster
    runner = makes(experiment, hands, hashes)
    is_far = hands.runs_on.who == "cluster"
    return ToldRunner(StoredRunner(runner, hands, takes_foreign=is_far), tell)


def _processes(experiment: Experiment, hands: OthersHands, hashes: Path) -> Runner:
    from loraviewer.cluster_pictures import make_painter, workplace_here
    from loraviewer.lab.runners.processes import ProcessRunner

    workers = hands.runs_on.workers
    start = functools.partial(make_painter, workplace_here(experiment))
    hands.working(AtWork(1, workers, workers))
    return ProcessRunner(start, workers, hands.check)


def _cluster(experiment: Experiment, hands: OthersHands, hashes: Path) -> Runner:
    from loraviewer.adapters.files.hash_cache import HashCache
    from loraviewer.cluster_pictures import cluster_wish
    from loraviewer.lab.runners.cluster.messages import Working, read_sentence
    from loraviewer.lab.runners.cluster.runner import ClusterRunner

    cache = HashCache(hashes)

    def sha256_of(path: Path) -> str:
        hands.check()
        return cache.hashes(path, 0).sha256

    def tell(now: Working) -> None:
        told = AtWork(now.nodes, now.workers, now.running, read_sentence(now.sentence))
        hands.working(told)

    wish = cluster_wish(experiment, hands.runs_on.address.strip(), sha256_of)
    return ClusterRunner(wish, tell, hands.check)
