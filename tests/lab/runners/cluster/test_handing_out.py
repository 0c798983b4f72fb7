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
    SetAside,
    Tree,
    Wishes,
    encoded,
)


class Ended(Exception):  # noqa: N818
    pass


class FakeRay:
    """Two nodes of one core. `given`: stack and worker of each shot, in the order of handing out,
    and `shots` themselves. `most`: shots that one worker had at a time. `ends`: shot → how many
    workers end with it."""

    __name__ = "no_ray"

    def __init__(self):
        self.exceptions = SimpleNamespace(
            RayError=Ended, RayActorError=Ended, RayTaskError=Ended, GetTimeoutError=Ended
        )
        self.shots, self.most, self.ends = [], 0, {}
        self._count = 0

    @property
    def given(self):
        return [(shot[:1], worker) for shot, worker in self.shots]

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
            actor.ray.shots.append((self.shot, actor.number))
            actor.ray.most = max(actor.ray.most, len(actor.waiting))

    def answer(self):
        if self.name == "paint":
            assert self.actor.waiting.popleft() is self
            if self.actor.ray.ends.get(self.shot, 0):
                self.actor.ray.ends[self.shot] -= 1
                raise Ended("killed")
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


def drive(ray, batches, ways=(), aside=()):
    """batches: (stack, how many shots). ways: numbers of those that are one. aside: number and
    place of shots that are set aside."""
    given, told = queue.Queue(), []
    for number, (stack, count) in enumerate(batches):
        shots = [f"{stack}{number}{at}".encode() for at in range(count)]
        given.put(Give(number, shots, stack, number in ways))
    given.put(NoMore())
    begin = Begin("local", Needs(Tree("", ())), Wishes("nobody"), {}, "")
    Driving(ray, begin, given, told.append, iter(range(10**6)).__next__).run()
    assert isinstance(told[-1], Done)
    got = [one for one in told if isinstance(one, Got)]
    wanted = {(number, at) for number, (_, count) in enumerate(batches) for at in range(count)}
    assert sorted((one.number, one.at) for one in got) == sorted(wanted - set(aside))
    left_out = [(one.number, one.at) for one in told if isinstance(one, SetAside)]
    assert sorted(left_out) == sorted(aside)


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


def test_a_way_whose_worker_ends_when_it_has_the_next_already_starts_over(ray):
    """The worker that ends has the last stop of the one and the first of the other."""
    ray.ends = {b"a02": 1}
    drive(ray, [("a", 3), ("b", 3)], ways=(0, 1))
    first_stops = [shot for shot, _ in ray.shots if shot == b"a00"]
    assert len(first_stops) == 2
    last = max(at for at, (shot, _) in enumerate(ray.shots) if shot == b"a00")
    again = [shot for shot, worker in ray.shots[last:] if worker == ray.shots[last][1]]
    assert again[:3] == [b"a00", b"a01", b"a02"]


def test_a_way_that_is_set_aside_takes_nothing_else_with_it(ray):
    ray.ends = {b"a02": 3}
    batches = [(stack, 3) for stack in "abcdef"]
    drive(ray, batches, ways=(0, 1), aside=[(0, 0), (0, 1), (0, 2)])


def test_a_shot_that_is_set_aside_takes_nothing_else_with_it(ray):
    ray.ends = {b"a01": 3, b"b10": 1}
    drive(ray, [("a", 2), ("b", 3)], aside=[(0, 1)])
