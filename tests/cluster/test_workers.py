"""Workers of a cluster that end, fail, or are stopped: all is made, and right."""

import multiprocessing
import os
import signal
import socket
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest

from loraviewer.core.cancel import Cancelled
from loraviewer.core.experiments.cells import groups
from loraviewer.core.outcome import FailureKind, LoraviewerError, Rendered
from loraviewer.lab.runners.cluster import runner as cluster_runner
from loraviewer.lab.runners.cluster.connecting import ClusterError, connected
from loraviewer.lab.runners.cluster.messages import Needs, Tree, Wishes
from loraviewer.lab.runners.cluster.runner import ClusterRunner, ClusterWish, PicturesSetAside
from loraviewer.lab.runners.local import LocalRunner
from tests.cluster.conftest import ARGUMENTS, apart
from tests.cluster.makers import Settings, ask_for_ever
from tests.core.experiments.asked import ladder, way
from tests.lab.experiments.painters import NoisePainter

BATCHES = [tuple(c.shot for c in g.cells) for g in groups(ladder(orders=4, depths=(1, 2, 3, 4)))]
ALL = sum(map(len, BATCHES))
PATIENCE_S = 20


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.fixture
def wish(cluster, tmp_path):
    def build(maker="noise", address=None, patience_s=60.0, **settings):
        told = msgspec.msgpack.encode(Settings(str(tmp_path), **settings))
        wishes = Wishes(f"tests.cluster.makers:{maker}", told, "cpu")
        needs = Needs(Tree("", ()))
        return ClusterWish(address or cluster.address, needs, {}, wishes, str, patience_s)

    return build


def pictures(made):
    found = {one.asked.key: one.rendered for one in made}
    assert all(isinstance(one, Rendered) for one in found.values())
    return {key: one.picture for key, one in found.items()}


def rendered(made):
    assert isinstance(made.rendered, Rendered)
    return made.rendered


def alone(batches=BATCHES):
    return pictures(LocalRunner(NoisePainter()).made(batches))


def processes(folder):
    """Of workers that said so."""
    return [int(file.name.partition("-")[2]) for file in folder.glob("worker-*")]


def all_gone(numbers):
    waiting = [psutil.Process(number) for number in numbers if psutil.pid_exists(number)]
    return not psutil.wait_procs(waiting, PATIENCE_S)[1]


def until_both_work(states):
    """All batches, as often as it takes, and once more."""
    while not any(one.nodes == 2 for one in states):
        yield from BATCHES
    yield from BATCHES


def test_two_nodes_make_what_one_process_makes(wish, tmp_path):
    states = []
    made = list(ClusterRunner(wish(), states.append).made(until_both_work(states)))
    assert pictures(made) == alone()
    assert max(one.nodes for one in states) == max(one.workers for one in states) == 2
    assert states[-1].running == 0
    assert len({rendered(one).fingerprint for one in made}) == 2
    assert all(rendered(one).request == one.asked.request for one in made)
    assert all_gone(processes(tmp_path))


def test_batches_are_asked_for_as_workers_need_them(wish):
    given, answered = 0, 0
    most = 0

    def batches():
        nonlocal given
        for batch in BATCHES * 3:
            given += len(batch)
            yield batch

    for _ in ClusterRunner(wish()).made(batches()):
        answered += 1
        most = max(most, given - answered)
    assert given == answered == ALL * 3
    assert most < ALL


def test_a_worker_that_ends_costs_nothing_but_time(wish, tmp_path):
    states = []
    runner = ClusterRunner(wish(ends_at=2, times=2), states.append)
    made = list(runner.made(until_both_work(states)))
    assert pictures(made) == alone()
    assert len(processes(tmp_path)) >= 4
    assert any("ended" in str(one.sentence) for one in states)


def test_a_picture_that_ends_worker_after_worker_is_set_aside_and_all_others_are_made(wish):
    made, batches = [], [BATCHES[0], BATCHES[1][1:], BATCHES[2][1:]]
    told = ClusterRunner(wish(ends_at=1, times=99)).made(batches)
    with pytest.raises(PicturesSetAside, match=r"set aside.*: 1 of them.*seed 1") as failed:
        made.extend(told)
    assert "3 workers ended with it" in str(failed.value)
    assert len(made) == sum(map(len, batches)) - 1
    assert 1 not in {one.asked.request.sampling.seed for one in made}


def test_a_way_is_made_by_one_worker_from_its_first_stop_to_its_last(wish):
    cells = [cell for group in groups(way(orders=1, seeds=(1, 2))) for cell in group.cells]
    stops = [tuple(cell.shot for cell in cells if cell.shot.visit)]
    made = list(ClusterRunner(wish(ends_at=2, times=1)).made(stops))
    assert [one.asked for one in made] == list(stops[0])
    assert len({rendered(one).fingerprint for one in made}) == 1


def test_a_failure_is_the_same_as_here(wish):
    with pytest.raises(LoraviewerError, match="no longer there") as failed:
        list(ClusterRunner(wish(fails_at=3)).made(BATCHES))
    assert failed.value.failure().kind is FailureKind.ADAPTER
    assert failed.value.subject == "b"


def test_a_base_that_no_worker_opens_is_told(wish):
    with pytest.raises(LoraviewerError, match="cannot be opened here"):
        list(ClusterRunner(wish("cannot")).made(BATCHES))


def nodes_of(states):
    """How many there were, one after the other."""
    found = []
    for one in states:
        if one.nodes and found[-1:] != [one.nodes]:
            found.append(one.nodes)
    return found


def until_two_one_two(states):
    while nodes_of(states) not in ([1, 2, 1, 2], [2, 1, 2]):
        yield from BATCHES


def test_a_node_that_goes_and_one_that_comes_cost_nothing_but_time(cluster, wish, ray_home):
    (gone,) = cluster.worker_nodes
    states, made = [], []
    has_gone = has_come = False
    for one in ClusterRunner(wish(), states.append).made(until_two_one_two(states)):
        made.append(one)
        if not has_gone and nodes_of(states)[-1:] == [2]:
            cluster.remove_node(gone, allow_graceful=False)
            has_gone = True
        if not has_come and nodes_of(states)[-2:] == [2, 1]:
            cluster.add_node(**ARGUMENTS, env_vars=apart(ray_home))
            has_come = True
    assert pictures(made) == alone()
    assert len(made) % ALL == 0


def test_whoever_stops_asking_leaves_no_worker_behind(wish, tmp_path):
    made = ClusterRunner(wish()).made(BATCHES)
    next(made)
    made.close()
    assert processes(tmp_path)
    assert all_gone(processes(tmp_path))


def test_a_driver_that_is_killed_is_told_and_leaves_no_worker_behind(wish, tmp_path):
    made = ClusterRunner(wish()).made(BATCHES)
    next(made)
    (driver,) = multiprocessing.active_children()
    assert driver.pid is not None
    os.kill(driver.pid, signal.SIGKILL)
    with pytest.raises(ClusterError, match="was lost"):
        list(made)
    assert all_gone(processes(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_asks_may_be_ended_with_all_its_group_and_leaves_nothing_behind(
    wish, tmp_path, ray_home, monkeypatch, number
):
    """As by a terminal that closes, or by what runs jobs."""
    folders = ray_home / number.name
    folders.mkdir()
    monkeypatch.setenv("TMPDIR", str(folders))
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=ask_for_ever, args=(theirs, wish(), BATCHES))
    process.start()
    assert ours.recv() == "made"
    workers = processes(tmp_path)
    assert workers
    assert list(folders.glob("lv-ray-*"))
    assert process.pid is not None
    drivers = [one.pid for one in psutil.Process(process.pid).children()]
    os.killpg(process.pid, number)
    process.join()
    assert all_gone([*workers, *drivers])
    assert not list(folders.glob("lv-ray-*"))


def test_other_versions_are_refused_in_one_sentence(wish, monkeypatch):
    def other():
        return {"loraviewer": "99.0", "torch": "1.0"}

    monkeypatch.setattr(cluster_runner, "installed_versions", other)
    with pytest.raises(LoraviewerError, match=r"has loraviewer .* where this computer has 99\.0"):
        list(ClusterRunner(wish()).made(BATCHES))


def test_an_address_where_nobody_listens_is_told(wish):
    with pytest.raises(LoraviewerError, match=r"“127\.0\.0\.1:9” cannot be reached"):
        list(ClusterRunner(wish(address="127.0.0.1:9")).made(BATCHES))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "head:", "head:abc", "ray://head:10001", "a:99999"]
)
def test_what_is_no_address_is_told_without_waiting(address):
    with (
        pytest.raises(ClusterError, match="is no address of a Ray cluster; give HOST:PORT"),
        connected(address, Path("nowhere"), 1),
    ):
        pass


@pytest.fixture
def silent():
    """The address of somebody who listens and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_a_cluster_that_does_not_answer_is_told(wish, silent):
    asked = replace(wish(address=silent), join_s=2.0)
    with pytest.raises(LoraviewerError, match=r"cannot be reached \(no answer\)"):
        list(ClusterRunner(asked).made(BATCHES))


def test_whoever_stops_asking_a_cluster_that_does_not_answer_does_not_wait(wish, silent):
    """The driver ends by itself, not by being terminated."""

    def stop():
        (driver,) = multiprocessing.active_children()
        drivers.append(driver)
        raise Cancelled

    drivers = []
    with pytest.raises(Cancelled):
        list(ClusterRunner(wish(address=silent), check=stop).made(BATCHES))
    assert drivers[0].exitcode == 1


def test_a_cluster_without_room_is_told(wish):
    asked = wish(patience_s=0.0)
    asked = replace(asked, wishes=msgspec.structs.replace(asked.wishes, cores=64))
    with pytest.raises(LoraviewerError, match="No node of the cluster has room"):
        list(ClusterRunner(asked).made(BATCHES))
