"""Pictures made by several processes: all of them, each once, and nothing left behind."""

import multiprocessing

import msgspec
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
