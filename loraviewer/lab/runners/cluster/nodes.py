"""The nodes of a cluster, made ready off the loop that hands out work: compared, given their files,
counted."""

import contextlib
import importlib
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.core.outcome import FailureKind, FileError, LoraviewerError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.lab.runners.cluster.connecting import ClusterError
from loraviewer.lab.runners.cluster.messages import (
    Begin,
    Broke,
    NamedFile,
    Node,
    Places,
    decoded,
    encoded,
)
from loraviewer.lab.runners.cluster.node_files import NodeFiles, pieces_of
from loraviewer.lab.runners.cluster.same_versions import difference

LOOK_S = 2.0
"""So often new nodes are looked for."""
PIECE_BYTES = 16 << 20
_NOT_THERE = "No module named 'loraviewer"
_ANSWER_S = 120.0
"""So long a node may take to start a process."""


@dataclass(frozen=True)
class ReadyNode:
    """`room`: how many workers it takes."""

    id: str
    name: str
    room: int
    places: Places
    device: str


class Recruiter:
    """Looks for nodes on a thread of its own, from `start` to `stop`. `found` has those that
    were found together, and the error that ended it."""

    def __init__(self, ray: Any, begin: Begin) -> None:
        self.found: queue.Queue[list[ReadyNode] | LoraviewerError] = queue.Queue()
        self._ray = ray
        self._begin = begin
        self._known = set[str]()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nodes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                if found := self._ready():
                    self.found.put(found)
            except LoraviewerError as error:
                self.found.put(error)
                return
            self._is_over.wait(LOOK_S)

    def _ready(self) -> list[ReadyNode]:
        """New ones that have room and are like this computer. A node that dies meanwhile is none;
        one that is otherwise raises `ClusterError`."""
        new = dict[str, tuple[dict[str, Any], str, int]]()
        for facts in self._ray.nodes():
            device, room = room_on(facts, self._begin)
            if facts["Alive"] and room and facts["NodeID"] not in self._known:
                new[facts["NodeID"]] = (facts, device, room)
        if not new:
            return []
        self._known |= new.keys()
        files = {node: self._files_actor(node) for node in new}
        named = dict(self._named(files))
        places = _sent(self._ray, self._begin, {node: files[node] for node in named})
        for actor in files.values():
            self._ray.kill(actor)
        return [
            ReadyNode(node, named[node], room, places[node], device)
            for node, (_, device, room) in new.items()
            if node in places
        ]

    def _files_actor(self, node: str) -> Any:
        actor = self._ray.remote(NodeFiles)
        return actor.options(num_cpus=0, **on_node(self._ray, node)).remote(
            encoded(self._begin.needs)
        )

    def _named(self, files: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for node, actor in files.items():
            with self._leaving_out(node):
                content = self._ray.get(actor.node.remote(), timeout=_ANSWER_S)
                told: Node = decoded(content, Node)
                if other := difference(told.name, told.versions, self._begin.versions):
                    raise ClusterError(other)
                yield node, told.name

    @contextlib.contextmanager
    def _leaving_out(self, node: str) -> Iterator[None]:
        """A node that has gone is left out; loraviewer that is not there is told."""
        errors = self._ray.exceptions
        try:
            yield
        except errors.RayTaskError as error:
            raise ClusterError(_cannot_start(error)) from error
        except (errors.RayActorError, errors.GetTimeoutError) as error:
            if "ModuleNotFoundError" in str(error) or "ImportError" in str(error):
                raise ClusterError(_cannot_start(error)) from error
            self._known.discard(node)


def _cannot_start(error: Exception) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    if any(_NOT_THERE in line for line in lines):
        return say("A node of the cluster lacks loraviewer; install the same version everywhere.")
    return say("A node of the cluster cannot run loraviewer ({why}).", why=lines[-1].strip())


def on_node(ray: Any, node: str) -> dict[str, Any]:
    """Options of an actor that runs there or nowhere."""
    ways: Any = importlib.import_module(f"{ray.__name__}.util.scheduling_strategies")
    return {"scheduling_strategy": ways.NodeAffinitySchedulingStrategy(node, soft=False)}


def room_on(facts: dict[str, Any], begin: Begin) -> tuple[str, int]:
    """The device that workers there compute with, and how many of them it takes."""
    wishes, resources = begin.wishes, facts.get("Resources", {})
    cards = int(resources.get("GPU", 0))
    if wishes.device.startswith("cuda") or (not wishes.device and cards):
        return "cuda", cards
    room = int(resources.get("CPU", 0) / wishes.cores)
    if wishes.memory_bytes and room:
        room = max(1, min(room, int(resources.get("memory", 0) / wishes.memory_bytes)))
    return wishes.device or "cpu", room


def _sent(ray: Any, begin: Begin, files: dict[str, Any]) -> dict[str, Places]:
    """To all that lack something, each content once; by node, of those that are still there."""
    lacking = _asked(ray, {node: actor.lacking.remote() for node, actor in files.items()})
    for file in begin.needs.files:
        takers = {node: files[node] for node, lacks in lacking.items() if file.sha256 in lacks}
        if takers:
            for lost in _send(ray, file, takers):
                del lacking[lost]
    told = _asked(ray, {node: files[node].places.remote() for node in lacking})
    return {node: _unbroken(content) for node, content in told.items()}


def _unbroken(content: bytes) -> Places:
    answer: Places | Broke = decoded(content, Places | Broke)
    if isinstance(answer, Broke):
        raise NodeFailed(answer)
    return answer


def _send(ray: Any, file: NamedFile, takers: dict[str, Any]) -> set[str]:
    """One piece at a time; returns who has gone meanwhile."""
    gone, is_first = set[str](), True
    try:
        for piece, is_last in pieces_of(Path(file.path), PIECE_BYTES):
            stored = ray.put(piece)
            asked = {
                node: actor.take.remote(file.sha256, stored, is_first, is_last)
                for node, actor in takers.items()
                if node not in gone
            }
            answers = _asked(ray, asked)
            for content in answers.values():
                if content:
                    raise NodeFailed(decoded(content, Broke))
            gone |= asked.keys() - answers.keys()
            is_first = False
    except OSError as error:
        words = say("“{path}” cannot be read: {why}.", path=file.path, why=reason_of(error))
        raise FileError(words) from error
    return gone


def _asked(ray: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Answers of those that are still there."""
    found = dict[str, Any]()
    for node, reference in asked.items():
        with contextlib.suppress(ray.exceptions.RayActorError):
            found[node] = ray.get(reference)
    return found


class NodeFailed(LoraviewerError):  # noqa: N818 - it says what happened
    """What a node or a worker could not do."""

    def __init__(self, broke: Broke) -> None:
        failure = broke.failure()
        super().__init__(failure.message, subject=failure.subject)
        self.kind: FailureKind = failure.kind
        self.detail = failure.detail
