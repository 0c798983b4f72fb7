"""How many threads a picture takes beside other programs, and what never depends on it."""

import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.engine.spare_cores import CpuUse, SpareCores, measure_cpu, torch_threads
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.conftest import silent


class Machine:
    """Two cores; others use `others` of them, this process `own`, as time passes."""

    def __init__(self) -> None:
        self.use = CpuUse(100.0, 1_000.0, 50.0)

    def measure(self) -> CpuUse:
        return self.use

    def run(self, seconds: float, *, others: float, own: float = 0.0) -> None:
        at_s, all_s, own_s = self.use
        all_s += (others + own) * seconds
        self.use = CpuUse(at_s + seconds, all_s, own_s + own * seconds)


@pytest.mark.parametrize(
    ("others", "own", "threads"),
    [
        (0.0, 2.0, 2),
        (0.3, 1.7, 2),
        (0.67, 1.33, 1),  # one busy process beside our two threads
        (1.0, 0.0, 1),
        (1.0, 1.0, 1),
        (2.0, 0.0, 1),
    ],
)
def test_threads_take_what_others_leave(others, own, threads):
    machine = Machine()
    spare = SpareCores(2, 2, machine.measure)
    machine.run(1.0, others=others, own=own)
    assert spare.threads() == threads


def test_where_cores_are_shared_in_pairs_only_half_of_them_get_threads():
    machine = Machine()
    spare = SpareCores(8, 16, machine.measure)
    machine.run(1.0, others=3.0)
    assert spare.threads() == 8
    machine.run(1.0, others=12.0)
    assert spare.threads() == 4


def test_they_come_back_once_others_are_done():
    machine = Machine()
    spare = SpareCores(2, 2, machine.measure)
    machine.run(1.0, others=2.0)
    assert spare.threads() == 1
    machine.run(0.05, others=0.0)
    assert spare.threads() == 1, "too short to tell"
    machine.run(1.0, others=0.0)
    assert spare.threads() == 2


def test_what_this_process_does_is_measured_as_its_own():
    cores = range(1)
    before = measure_cpu(cores)
    while measure_cpu(cores).own_s - before.own_s < 0.05:
        sum(range(10_000))
    after = measure_cpu(cores)
    assert after.own_s > before.own_s
    assert after.all_s >= before.all_s


def test_the_number_of_threads_is_put_back():
    before = torch.get_num_threads()

    def fail() -> None:
        with torch_threads(before + 1):
            assert torch.get_num_threads() == before + 1
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    assert torch.get_num_threads() == before


def test_weights_are_the_same_whatever_else_runs(tiny_folder, words, request_for, monkeypatch):
    """Only the picture may differ by a level; its record says by how many threads it was made."""
    alone = _engine(tiny_folder, monkeypatch, 1)
    crowded = _engine(tiny_folder, monkeypatch, 3)
    rendered = [
        engine.render(request_for(words), CancelToken(), silent) for engine in (alone, crowded)
    ]
    assert [one.threads for one in rendered] == [1, 3]
    assert rendered[0].fingerprint == rendered[1].fingerprint
    assert alone.verify(CancelToken()).differing == crowded.verify(CancelToken()).differing == ()
    again = crowded.render(request_for(words), CancelToken(), silent)
    assert again.is_from_cache
    assert again.threads == 3


def _engine(folder, monkeypatch, threads: int) -> StudioEngine:
    engine = StudioEngine("cpu", "float32", shares_cores=True)
    engine.load_checkpoint(str(folder / "sd"), CancelToken(), silent)
    monkeypatch.setattr(engine._pictures._spare_cores, "threads", lambda: threads)
    return engine
