"""Who gets which shot, told by a cluster of workers that answer when they are asked: neighbours
share a stack, nobody has more than two, and the last ones share what is left."""

import queue
import sys
from collections import deque
from itertools import pairwise
from types import ModuleType, SimpleNamespace

import pytest

from loraviewer.lab.runners.cluster.driving import Driving
from loraviewer.lab.runners.cluster.messages import (
    Begin,
    Done,
    Give,
    Got,
    Needs,
    Node,
    NoMore,
    Opened,
    Places,
    Tree,
    Wishes,
    encoded,
)


class Ended(Exception):  # noqa: N818
    pass


class FakeRay:
    """Two nodes of one core. `given`: stack and worker of each shot, in the order of handing out.
    `most`: shots that one worker had at a time."""

    __name__ = "no_ray"

    def __init__(self):
        self.exceptions = SimpleNamespace(
            RayError=Ended, RayActorError=Ended, RayTaskError=Ended, GetTimeoutError=Ended
        )
        self.given, self.most = [], 0
        self._count = 0

    def nodes(self):
        return [{"NodeID": one, "Alive": True, "Resources": {"CPU": 1.0}} for one in "ab"]

    def remote(self, cls):
        return FakeClass(self, cls.__name__)

    def kill(self, actor):
        pass

    def put(self, value):
        return value

    def get(self, reference, timeout=None):
        return reference.answer()

    def wait(self, references, num_returns, timeout):
        return [references[0]], references[1:]


class FakeClass:
    def __init__(self, ray, name):
        self.ray, self.name = ray, name

    def options(self, **_):
        return self

    def remote(self, *_):
        self.ray._count += 1
        return FakeActor(self.ray, self.ray._count)


class FakeActor:
    def __init__(self, ray, number):
        self.ray, self.number, self.waiting = ray, number, deque()

    def __getattr__(self, name):
        return SimpleNamespace(remote=lambda *given: Reference(self, name, given))


class Reference:
    def __init__(self, actor, name, given):
        self.actor, self.name = actor, name
        if name == "paint":
            self.shot = given[0]
            actor.waiting.append(self)
            actor.ray.given.append((self.shot[:1], actor.number))
            actor.ray.most = max(actor.ray.most, len(actor.waiting))

    def answer(self):
        if self.name == "paint":
            assert self.actor.waiting.popleft() is self
            return self.shot
        return {
            "node": encoded(Node("n", {})),
            "lacking": [],
            "places": encoded(Places("", {})),
            "open": encoded(Opened()),
        }[self.name]


@pytest.fixture
def ray(monkeypatch):
    scheduling = ModuleType("no_ray.util.scheduling_strategies")
    vars(scheduling)["NodeAffinitySchedulingStrategy"] = lambda node, soft: node
    monkeypatch.setitem(sys.modules, scheduling.__name__, scheduling)
    return FakeRay()


def drive(ray, batches):
    """batches: (stack, how many shots)."""
    given, told = queue.Queue(), []
    for number, (stack, count) in enumerate(batches):
        given.put(Give(number, [f"{stack}{number}{at}".encode() for at in range(count)], stack))
    given.put(NoMore())
    begin = Begin("local", Needs(Tree("", ())), Wishes("nobody"), {}, "")
    Driving(ray, begin, given, told.append, iter(range(10**6)).__next__).run()
    assert isinstance(told[-1], Done)
    got = [one for one in told if isinstance(one, Got)]
    wanted = {(number, at) for number, (_, count) in enumerate(batches) for at in range(count)}
    assert sorted((one.number, one.at) for one in got) == sorted(wanted)


def test_everything_is_answered_once_and_nobody_has_more_than_two(ray):
    drive(ray, [("a", 5), ("b", 1), ("c", 7), ("c", 3)])
    assert ray.most == 2


def test_a_worker_keeps_to_its_stack_and_another_begins_with_another(ray):
    drive(ray, [("a", 4), ("a", 4), ("b", 4), ("b", 4)])
    by_worker = {}
    for stack, worker in ray.given:
        by_worker.setdefault(worker, []).append(stack)
    changes = sum(one != other for stacks in by_worker.values() for one, other in pairwise(stacks))
    assert changes <= 1


def test_the_last_batch_is_shared(ray):
    drive(ray, [("a", 40)])
    assert len({worker for _, worker in ray.given}) == 2


def test_nothing_to_make_needs_nobody(ray):
    drive(ray, [])
    assert ray.given == []
