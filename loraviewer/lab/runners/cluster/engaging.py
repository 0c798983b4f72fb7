"""A worker on a node, and one that is asked a single question."""

import queue
from collections.abc import Callable
from typing import Any

from loraviewer.core.cancel import Cancelled
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.connecting import ClusterError
from loraviewer.lab.runners.cluster.messages import (
    Begin,
    Broke,
    Give,
    NoMore,
    Opened,
    Told,
    Workplace,
    decoded,
    encoded,
)
from loraviewer.lab.runners.cluster.nodes import NodeFailed, ReadyNode, Recruiter, on_node
from loraviewer.lab.runners.cluster.picture_actor import PictureActor

_TURN_S = 0.1


def engaged(ray: Any, begin: Begin, node: ReadyNode) -> Any:
    """The actor, which opens nothing yet. It is started once, and never again by Ray itself."""
    wishes = begin.wishes
    place = Workplace(node.places, wishes.settings, node.device, wishes.cores)
    is_card = node.device == "cuda"
    resources = {"num_gpus": 1, "num_cpus": 0} if is_card else {"num_cpus": wishes.cores}
    chosen = ray.remote(PictureActor).options(
        max_restarts=0, max_task_retries=0, **resources, **on_node(ray, node.id)
    )
    return chosen.remote(wishes.maker, encoded(place))


class AskingOne:
    """The first worker that there is room for. Raises `LoraviewerError`, and `Cancelled` once
    `given` ends with None."""

    def __init__(
        self,
        ray: Any,
        begin: Begin,
        given: "queue.Queue[Give | NoMore | None]",
        clock: Callable[[], float],
    ) -> None:
        self._ray, self._begin, self._given, self._clock = ray, begin, given, clock

    def answer(self) -> Told:
        recruiter = Recruiter(self._ray, self._begin)
        recruiter.start()
        try:
            actor = engaged(self._ray, self._begin, self._node(recruiter))
            self._waited_for(actor.open.remote(), Opened | Broke)
            asked = actor.ask.remote(self._begin.question, self._begin.payload)
            return self._waited_for(asked, Told | Broke)
        finally:
            recruiter.stop()

    def _node(self, recruiter: Recruiter) -> ReadyNode:
        ends_at = self._clock() + self._begin.patience_s
        while self._clock() < ends_at:
            self._check()
            try:
                found = recruiter.found.get(timeout=_TURN_S)
            except queue.Empty:
                continue
            if isinstance(found, LoraviewerError):
                raise found
            return found[0]
        raise ClusterError(say("No node of the cluster has room for a worker."))

    def _waited_for(self, reference: Any, kind: Any) -> Any:
        while not self._ray.wait([reference], num_returns=1, timeout=_TURN_S)[0]:
            self._check()
        try:
            answer = decoded(self._ray.get(reference), kind)
        except self._ray.exceptions.RayError as error:
            why = str(error).strip().partition("\n")[0].rstrip(".")
            raise ClusterError(say("A worker of the cluster ended ({why}).", why=why)) from error
        if isinstance(answer, Broke):
            raise NodeFailed(answer)
        return answer

    def _check(self) -> None:
        while not self._given.empty():
            if self._given.get() is None:
                raise Cancelled
