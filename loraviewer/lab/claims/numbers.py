"""Means of an experiment, asked for by place and told with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.numbers import short_number
from loraviewer.core.sentences import figure, say
from loraviewer.lab.images.intervals import wilson


@dataclass(frozen=True)
class Numbers:
    """Of one experiment, of so many seeds. A place is given by fields of `Mean`: arm, policy,
    depth, at."""

    means: Sequence[Mean]
    seeds: int = 0

    def mean(self, measure: str, **place: object) -> Mean:
        """The first there is; raises `KeyError` where there is none."""
        for mean in self.all(measure, **place):
            return mean
        raise KeyError((measure, place))

    def all(self, measure: str, **place: object) -> Iterator[Mean]:
        for mean in self.means:
            if mean.measure == measure and all(
                getattr(mean, name) == value for name, value in place.items()
            ):
                yield mean

    def base(self, measure: str) -> Mean:
        return self.mean(measure, arm="base")

    def share(self, measure: str, **place: object) -> Mean:
        """As `mean`, of a share of pictures, with Wilson's interval over the seeds. What a prompt
        leaves open is decided by the seed's noise, nearly whatever the prompt: an interval over
        prompts would be far too narrow."""
        mean = self.mean(measure, **place)
        low, high = wilson(mean.mean, self.seeds)
        return replace(mean, low=low, high=high)

    def depths(self, measure: str, **place: object) -> list[Mean]:
        """From the least depth on."""
        return sorted(self.all(measure, **place), key=lambda mean: mean.depth)


def told(mean: Mean, digits: int = 2) -> str:
    """“0.93 (0.9 … 0.96)”, in the unit of its measure."""
    return _told(mean.mean, mean.low, mean.high, digits)


def told_spreads(mean: Mean, digits: int = 1) -> str:
    """As `told`, in spreads between seeds of the base."""
    if mean.in_seed_spreads is None:
        return say("no number of spreads")
    return _told(mean.in_seed_spreads, mean.spreads_low, mean.spreads_high, digits)


def told_share(mean: Mean) -> str:
    """“93 % (90 … 96 %)” of a mean between 0 and 1; “100 %” where no digit of the ends differs."""
    value, *ends = (
        None if one is None else f"{100 * one:.0f}" for one in (mean.mean, mean.low, mean.high)
    )
    told = f"{value} %" if _are_idle(value, ends) else f"{value} % ({ends[0]} … {ends[1]} %)"
    return figure(told)


def lies_below(one: Mean, other: Mean) -> bool:
    """Whether the two intervals leave no doubt."""
    return one.high is not None and other.low is not None and one.high < other.low


def _told(value: float, low: float | None, high: float | None, digits: int) -> str:
    text, *ends = (None if one is None else _number(one, digits) for one in (value, low, high))
    return figure(f"{text}" if _are_idle(text, ends) else f"{text} ({ends[0]} … {ends[1]})")


def _number(value: float, digits: int) -> str:
    return short_number(value, digits).replace("-", "−")


def _are_idle(text: str | None, ends: Sequence[str | None]) -> bool:
    """Whether the ends of an interval say nothing that the number does not."""
    return None in ends or set(ends) == {text}
