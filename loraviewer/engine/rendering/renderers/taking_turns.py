"""Adapters that take turns in the denoiser, or speak in it one after the other, while a picture is
denoised: the pipeline calls its network as ever, and knows nothing of it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Turn:
    """One adapter alone. `enter` puts it in force, and may raise `MergeError` or `Cancelled`.
    `positive` and `negative`: the prompts as its text encoders read them, as `Renderer.encode`
    gives them."""

    enter: Callable[[], None]
    positive: Any
    negative: Any


class Turns:
    """Whose turn it is. `step`: the one under way, counted from 0 over the whole schedule; whoever
    steps the scheduler sets it. Engine thread only."""

    def __init__(self, acting: Callable[[int], Sequence[Turn]]) -> None:
        """acting: in a step; at least one."""
        self._acting = acting
        self._entered: Turn | None = None
        self.step = 0

    def predicted(self, predict: Callable[[Turn], Any]) -> Any:
        """The mean of what the denoiser says with each of those that act in this step. Whoever is
        in force already goes first, which saves a merge; the mean is in the same order always."""
        acting = self._acting(self.step)
        order = sorted(range(len(acting)), key=lambda index: acting[index] is not self._entered)
        said = {index: self._with(acting[index], predict) for index in order}
        return mean([said[index] for index in range(len(acting))])

    def _with(self, turn: Turn, predict: Callable[[Turn], Any]) -> Any:
        if turn is not self._entered:
            self._entered = None  # whatever is in force if this fails
            turn.enter()
            self._entered = turn
        return predict(turn)


@contextlib.contextmanager
def taking_turns(
    denoiser: Any, turns: Turns | None, given: Callable[[Turn, dict[str, Any]], dict[str, Any]]
) -> Iterator[None]:
    """Meanwhile every call of the network is one with each adapter that acts in the step. given:
    the call's keyword arguments with the prompts of a turn."""
    if turns is None:
        yield
        return
    forward, own = denoiser.forward, vars(denoiser).get("forward")

    def by_turns(*args: Any, **kwargs: Any) -> Any:
        return turns.predicted(lambda turn: forward(*args, **given(turn, kwargs)))

    denoiser.forward = by_turns
    try:
        yield
    finally:
        del denoiser.forward
        if own is not None:
            denoiser.forward = own


def mean(outputs: Sequence[Any]) -> Any:
    """Of tensors, or of the tensors in tuples, lists and outputs of one build. In float32, rounded
    once; a single one is left as it is."""
    first = outputs[0]
    if len(outputs) == 1:
        return first
    if isinstance(first, torch.Tensor):
        return _mean_tensor(outputs)
    if isinstance(first, tuple | list):
        return type(first)(mean(parts) for parts in zip(*outputs, strict=True))
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        return type(first)(**{n: mean([getattr(o, n) for o in outputs]) for n in names})
    return first


def _mean_tensor(outputs: Sequence[torch.Tensor]) -> torch.Tensor:
    total = outputs[0].float()
    for output in outputs[1:]:
        total = total + output.float()
    return (total / len(outputs)).to(outputs[0].dtype)
