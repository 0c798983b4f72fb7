"""A worker answers whatever happens in it; it needs no Ray."""

import msgspec

from loraviewer.core.experiments.cells import groups
from loraviewer.core.outcome import FailureKind, NotFinite, Rendered
from loraviewer.lab.runners.cluster.messages import (
    Broke,
    Lost,
    Opened,
    Painted,
    Places,
    Workplace,
    decoded,
    encoded,
    rendered,
    shot_bytes,
)
from loraviewer.lab.runners.cluster.picture_actor import PictureActor
from loraviewer.lab.runners.local import LocalRunner
from tests.core.experiments.asked import ladder
from tests.lab.experiments.painters import NoisePainter
from tests.lab.runners import workers

(*_, GROUP) = groups(ladder())
SHOT = GROUP.cells[-1].shot
FILES = {one.path: one.sha256 for one in SHOT.request.adapters}
PLACE = Workplace(Places("", {}), b"", "cpu", 1)


def noise(workplace):
    assert workplace == PLACE
    return NoisePainter()


def picky(workplace):
    return workers.PickyPainter()


def lost(workplace):
    return workers.LostPainter()


def broken(workplace):
    return workers.BrokenPainter()


def nothing(workplace):
    workers.nothing_to_start()


def slip(workplace):
    raise ZeroDivisionError("a slip")


def opened(maker):
    actor = PictureActor(f"{__name__}:{maker}", encoded(PLACE))
    return actor, decoded(actor.open(), Opened | Broke)


def answer(maker):
    actor, told = opened(maker)
    assert isinstance(told, Opened)
    return decoded(actor.paint(shot_bytes(SHOT, FILES)), Painted | Lost | Broke)


def test_its_pictures_are_those_of_a_run_here():
    (made,) = LocalRunner(NoisePainter()).made([(SHOT,)])
    there = rendered(answer("noise"), SHOT)
    assert isinstance(there, Rendered)
    assert isinstance(made.rendered, Rendered)
    assert msgspec.structs.replace(there, timings=made.rendered.timings) == made.rendered


def test_numbers_that_are_none_and_failures_are_answers():
    found = rendered(answer("lost"), SHOT)
    assert isinstance(found, NotFinite)
    assert found.message == "Numbers overflowed."
    told = answer("picky").failure()
    assert (told.kind, told.subject) == (FailureKind.ADAPTER, "b")
    told = answer("broken").failure()
    assert told.kind is FailureKind.INTERNAL
    assert told.message == "unexpected ZeroDivisionError: a slip"
    assert "Traceback" in told.detail


def test_a_base_that_cannot_be_opened_is_an_answer():
    assert opened("nothing")[1].failure().message == "“base” is no longer there."
    assert "a slip" in opened("slip")[1].failure().message
