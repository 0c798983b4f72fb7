"""Pictures made by several processes: all of them, each once, and nothing left behind."""

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import psutil
import pytest

from loraviewer.core.experiments.cells import groups
from loraviewer.core.outcome import FailureKind, LoraviewerError, NotFinite, OutOfMemory, Rendered
from loraviewer.lab.runners.local import LocalRunner
from loraviewer.lab.runners.processes import ProcessRunner
from tests.core.experiments.asked import ladder
from tests.lab.experiments.painters import NoisePainter, painted
from tests.lab.runners import workers

BATCHES = [tuple(cell.shot for cell in group.cells) for group in groups(ladder())]


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert multiprocessing.active_children() == []
    assert [one.name for one in threading.enumerate() if one.name == "painter"] == []


def by_request(made):
    return {one.asked.key: one.rendered for one in made}


def rendered(made):
    assert isinstance(made.rendered, Rendered)
    return made.rendered


def test_processes_make_what_one_makes():
    alone = by_request(LocalRunner(NoisePainter()).made(BATCHES))
    made = list(ProcessRunner(NoisePainter, 2).made(BATCHES))
    assert len(made) == sum(map(len, BATCHES))
    assert by_request(made) == alone
    assert all(rendered(one).picture == painted(one.asked.request) for one in made)


def test_more_processes_than_batches_and_no_batch_at_all():
    assert len(list(ProcessRunner(NoisePainter, 3).made(BATCHES[:1]))) == 3
    assert list(ProcessRunner(NoisePainter, 1).made([])) == []


def test_a_failure_is_the_same_as_here():
    with pytest.raises(LoraviewerError, match="no longer there") as failed:
        list(ProcessRunner(workers.PickyPainter, 2).made(BATCHES))
    assert failed.value.failure().kind is FailureKind.ADAPTER
    assert failed.value.subject == "b"


@pytest.mark.parametrize(
    ("start", "error", "said"),
    [
        (workers.KilledPainter, OutOfMemory, "fewer --workers"),
        (workers.BrokenPainter, LoraviewerError, "unexpected ZeroDivisionError: a slip"),
        (workers.nothing_to_start, LoraviewerError, "“base” is no longer there"),
    ],
)
def test_ends_of_processes_are_told_in_one_sentence(start, error, said):
    with pytest.raises(error, match=said):
        list(ProcessRunner(start, 1).made(BATCHES))


def test_whoever_stops_asking_leaves_nobody_behind():
    made = ProcessRunner(NoisePainter, 2).made(BATCHES)
    assert rendered(next(made)).fingerprint == "weights"
    assert len(multiprocessing.active_children()) == 2
    made.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_engine_of_this_process_is_one_of_the_workers(workers):
    alone = by_request(LocalRunner(NoisePainter()).made(BATCHES))
    runner = ProcessRunner(NoisePainter, workers, own=NoisePainter())
    made = runner.made(BATCHES)
    first = next(made)
    assert len(multiprocessing.active_children()) == workers - 1
    assert by_request([first, *made]) == alone


def test_others_are_called_in_once_it_is_worth_it():
    asked = list[int]()

    def after_four(made):
        asked.append(made)
        return made >= 4

    runner = ProcessRunner(NoisePainter, 2, own=NoisePainter(), is_worth_it=after_four)
    made = runner.made(BATCHES)
    helpers = [(next(made), len(multiprocessing.active_children()))[1] for _ in range(4)]
    assert helpers == [0, 0, 0, 0]
    assert len(list(made)) == sum(map(len, BATCHES)) - 4
    assert asked[0] == 0


def test_the_own_engine_stops_with_whoever_asks():
    slow = workers.EndlessPainter()
    made = ProcessRunner(NoisePainter, 2, own=slow).made(BATCHES)
    next(made)  # of the process
    made.close()
    assert slow.was_cancelled


def test_a_failure_of_the_own_engine_is_the_same_too():
    with pytest.raises(LoraviewerError, match="no longer there"):
        list(ProcessRunner(NoisePainter, 1, own=workers.PickyPainter()).made(BATCHES))


_ALONE = """
import multiprocessing
from tests.lab.runners.test_processes import BATCHES, ProcessRunner
from tests.lab.runners.workers import EndlessPainter

def tell():
    print(multiprocessing.active_children()[0].pid, flush=True)

if __name__ == "__main__":
    list(ProcessRunner(EndlessPainter, 1, tell).made(BATCHES))
"""


def test_they_end_with_whoever_began_them(tmp_path):
    (tmp_path / "alone.py").write_text(_ALONE)
    command = [sys.executable, str(tmp_path / "alone.py")]
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([child], timeout=20)[1] == []


def test_requests_cross_as_they_are():
    (made,) = ProcessRunner(NoisePainter, 1).made([BATCHES[-1][:1]])
    assert made.asked == BATCHES[-1][0]
    assert msgspec.to_builtins(rendered(made).request) == msgspec.to_builtins(
        BATCHES[-1][0].request
    )


@pytest.mark.parametrize(
    "runner", [ProcessRunner(workers.LostPainter, 1), LocalRunner(workers.LostPainter())]
)
def test_numbers_that_are_none_are_an_answer(runner):
    made = list(runner.made(BATCHES[:1]))
    assert [isinstance(one.rendered, NotFinite) for one in made] == [True] * 3
    assert str(made[0].rendered) == "Numbers overflowed."
