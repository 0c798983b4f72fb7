"""Measuring whether bfloat16 is faster: same work, in turns, where the processor has it."""

import itertools

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.engine import precision_speed
from loraviewer.engine.device import has_bfloat16_instructions
from loraviewer.engine.precision_speed import parts, speed_ratio
from loraviewer.engine.studio_engine import StudioEngine


class Clock:
    """Each work takes what it says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, *seconds: float):
        left = itertools.cycle(seconds)

        def run() -> None:
            self.now += next(left)

        return run


def test_the_ratio_is_of_the_same_rounds():
    clock = Clock()
    plain = [clock.work(3.0), clock.work(1.0)]
    quick = [clock.work(1.5), clock.work(0.5)]
    assert speed_ratio(plain, quick, 3, CancelToken(), clock) == 2.0


def test_the_first_round_and_a_single_slow_one_do_not_count():
    clock = Clock()
    plain = [clock.work(90.0, 3.0, 3.0, 50.0)]
    quick = [clock.work(1.0, 2.0, 2.0, 2.0)]
    assert speed_ratio(plain, quick, 3, CancelToken(), clock) == 1.5


def test_it_ends_when_something_else_is_wanted():
    clock, token = Clock(), CancelToken()
    done: list[int] = []

    def work() -> None:
        done.append(1)
        token.cancel()

    with pytest.raises(Cancelled):
        speed_ratio([work, work], [clock.work(1.0)] * 2, 3, token, clock)
    assert len(done) == 1


def test_both_precisions_do_the_same_work():
    plain, quick = parts(torch.float32), parts(torch.bfloat16)
    with torch.no_grad():
        for one, other in zip(plain[-3:], quick[-3:], strict=True):
            exact, rounded = one(), other()
            assert isinstance(exact, torch.Tensor)
            assert isinstance(rounded, torch.Tensor)
            assert (exact.dtype, rounded.dtype) == (torch.float32, torch.bfloat16)
            torch.testing.assert_close(rounded.float(), exact, rtol=0.1, atol=0.1)


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        (("avx2", "avx512f"), False),
        (("avx512_bf16",), True),
        (("amx_bf16", "amx_tile"), True),
        (("asimd", "bf16"), True),
        ((), False),
    ],
)
def test_a_processor_has_it_by_its_flags(flags, has):
    assert has_bfloat16_instructions(flags) is has


def test_nothing_is_measured_where_the_processor_lacks_it(monkeypatch):
    monkeypatch.setattr(precision_speed, "has_bfloat16_instructions", lambda: False)
    found = precision_speed.precision_speed(CancelToken())
    assert (found.has_bfloat16, found.ratio, found.sentence) == (False, None, None)


def test_an_engine_that_is_asked_for_something_else_ends_it(monkeypatch):
    monkeypatch.setattr(precision_speed, "has_bfloat16_instructions", lambda: True)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        StudioEngine("cpu").precision_speed(token)


def test_measuring_leaves_the_noise_of_pictures_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    parts(torch.bfloat16)[-1]()
    assert torch.equal(torch.get_rng_state(), before)
