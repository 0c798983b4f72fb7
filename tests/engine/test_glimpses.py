"""Numbers of steps that are looked at while a picture is made: at once on a processor, and on a
card, with a stand-in for one, never while it would stand still for that."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import NotFinite, Progress
from loraviewer.core.request import SAMPLERS
from loraviewer.engine.rendering import picture_maker
from loraviewer.engine.rendering.glimpses import AtOnce, Glimpse, StepBehind, glimpses_of
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny_pipelines
from tests.engine.asking import render
from tests.engine.conftest import silent, start_over

STEPS = 6
WAITING = frozenset(
    {"item", "__bool__", "__float__", "__int__", "__index__", "tolist", "numpy", "cpu", "nonzero"}
)
"""What cannot be answered before a card has done all that it was asked for."""


class Card:
    """What a card has done by when. `log`: steps that were asked for and waited for."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self._asked = 0

    def glimpses(self, device: torch.device | None = None) -> StepBehind:
        self._asked = 0
        return StepBehind(self.send, self.mark)

    def send(self, tensor: torch.Tensor) -> torch.Tensor:
        """Into other memory; nothing of it is to be read before its event."""
        return tensor.as_subclass(torch.Tensor).clone()

    def mark(self) -> "Mark":
        self._asked += 1
        self.log.append(f"asked {self._asked}")
        return Mark(self, self._asked)


class Mark:
    def __init__(self, card: Card, step: int) -> None:
        self.card, self.step = card, step

    def synchronize(self) -> None:
        self.card.log.append(f"waited {self.step}")


def glimpse(number: float) -> Glimpse:
    return Glimpse(torch.tensor([number]), torch.tensor([-number]))


def test_a_processor_looks_at_once():
    one = glimpse(1.0)
    assert AtOnce().after(one) is one
    assert isinstance(glimpses_of(torch.device("cpu")), AtOnce)
    assert isinstance(glimpses_of(torch.device("cuda", 0)), StepBehind)


def test_of_a_card_the_step_before_is_seen_and_waited_for():
    card = Card()
    glimpses = card.glimpses()
    assert glimpses.after(glimpse(1.0)) is None
    for number in (2.0, 3.0):
        seen = glimpses.after(glimpse(number))
        assert seen is not None
        assert seen.checked is not None
        assert seen.shown is not None
        assert (float(seen.checked), float(seen.shown)) == (number - 1, 1 - number)
    assert card.log == ["asked 1", "asked 2", "waited 1", "asked 3", "waited 2"]


def test_what_was_sent_is_what_was_there_then():
    glimpses = Card().glimpses()
    latents = torch.zeros(2)
    glimpses.after(Glimpse(latents))
    latents.fill_(7.0)  # the next step writes there
    seen = glimpses.after(Glimpse())
    assert seen is not None
    assert seen.checked is not None
    assert torch.equal(seen.checked, torch.zeros(2))
    assert seen.shown is None


# Whole pictures


class OnCard(torch.Tensor):
    """Numbers of a card: whatever is computed with them is on it, and reading them is written down
    between the steps."""

    log: list[str]

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        is_read = name in WAITING or (name == "to" and "cpu" in map(str, args[1:]))
        if is_read:
            cls.log.append(f"read by {name}")
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.fixture
def studio(tiny_folder) -> StudioEngine:
    made = StudioEngine("cpu")
    made.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    return made


@pytest.fixture
def card(studio, monkeypatch) -> Card:
    """The studio's pictures start from numbers of a card."""
    made = Card()
    monkeypatch.setattr(OnCard, "log", made.log, raising=False)
    renderer: Any = studio.checkpoint.renderer
    noise = renderer._noise
    monkeypatch.setattr(
        renderer, "_noise", lambda *given: noise(*given).as_subclass(OnCard), raising=False
    )
    monkeypatch.setattr(picture_maker, "glimpses_of", made.glimpses)
    monkeypatch.setattr(
        "loraviewer.engine.rendering.renderers.stable_diffusion.is_cheap", lambda _: False
    )
    return made


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_no_step_is_waited_for_before_the_next_was_asked_for(studio, card, request_for, sampler):
    def on_progress(progress: Progress) -> None:
        card.log.append(f"done {progress.step}")

    render(studio, request_for(steps=STEPS, sampler=sampler), on_progress=on_progress)
    first, last = card.log.index("asked 1"), card.log.index(f"done {STEPS}")
    steps = card.log[first:last]
    assert [entry for entry in steps if entry.startswith("read")] == []
    assert card.log[:first] == ["read by to"]  # the pipeline puts them on its device, which is this
    waits = [entry for entry in steps if entry.startswith(("asked", "waited"))]
    asked = waits.index("asked 2")
    assert waits[asked : asked + 3] == ["asked 2", "waited 1", "asked 3"]


def test_looking_at_once_would_be_seen(studio, card, request_for, monkeypatch):
    """The numbers stay those of the card through network and sampler."""
    monkeypatch.setattr(picture_maker, "glimpses_of", lambda _: AtOnce())
    render(studio, request_for(steps=STEPS), on_progress=lambda p: card.log.append(f"{p.step}"))
    for step in ("2", "4"):
        assert "read by cpu" in card.log[card.log.index(str(int(step) - 1)) : card.log.index(step)]


@pytest.fixture(scope="module")
def flux(tmp_path_factory) -> StudioEngine:
    """Of another kind, whose call from prompt to picture is the pipeline's own."""
    made = StudioEngine("cpu")
    folder = tiny_pipelines.save("flux1", tmp_path_factory.mktemp("flux"))
    made.load_checkpoint(str(folder), CancelToken(), silent)
    return made


@pytest.mark.parametrize("kind", ["sd", "flux"])
def test_pictures_are_the_same_and_rough_ones_come_a_step_later(
    kind, studio, flux, request_for, monkeypatch
):
    engine = {"sd": studio, "flux": flux}[kind]

    def made() -> tuple[Any, list[Progress]]:
        start_over(engine)
        told: list[Progress] = []
        return render(engine, request_for(steps=STEPS), on_progress=told.append).picture, told

    picture, at_once = made()
    monkeypatch.setattr(picture_maker, "glimpses_of", Card().glimpses)
    same, behind = made()
    assert same == picture
    told = [{one.step: one.preview for one in log if one.preview} for log in (at_once, behind)]
    assert sorted(told[0]) == [2, 4]
    assert {step + 1: rough for step, rough in told[0].items()} == told[1]


def test_infinite_numbers_are_found_all_the_same(studio, card, request_for, monkeypatch):
    unet = studio.checkpoint.pipeline.unet
    monkeypatch.setattr(unet.conv_out.bias, "data", torch.full_like(unet.conv_out.bias, torch.nan))
    told: list[Progress] = []
    with pytest.raises(NotFinite):
        render(studio, request_for(steps=STEPS), on_progress=told.append)
    assert len(told) == 2  # those of the second step were seen in the third
    with pytest.raises(NotFinite):
        render(studio, request_for(steps=1))  # of which no step is left to see it


def test_a_picture_is_cancelled_after_any_step(studio, card, request_for):
    token, told = CancelToken(), []

    def on_progress(progress: Progress) -> None:
        told.append(progress.step)
        if progress.step == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        render(studio, request_for(steps=STEPS), token=token, on_progress=on_progress)
    assert told == [1, 2, 3]
