"""What the form holds, as one frozen value, and the experiment that it describes."""

from dataclasses import dataclass, field, replace

import msgspec

from loraviewer.core.blocks import is_block
from loraviewer.core.experiments.axes import Axis, What
from loraviewer.core.experiments.description import Arm, Experiment, Kind, Policy
from loraviewer.core.experiments.ranges import read_numbers, read_seeds, usual_depths
from loraviewer.core.experiments.sweep import evenly
from loraviewer.core.experiments.wordings import wordings
from loraviewer.core.merge_rules import MergeRule, usual_rule
from loraviewer.core.picture_measures import DEFAULT_MEASURES
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.variants.prompts import missing_wildcards
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards
from loraviewer.ui.lab.experiments.point_text import (
    points_text,
    read_decimals,
    read_points,
    whole_text,
)
from loraviewer.ui.prompt.variant_notes import no_wildcards

ENOUGH_PROMPTS = 8
"""So many carry a claim: fewer say what one prompt does."""
USUAL_ENERGIES = "0.02, 0.05, 0.1, 0.2"


def _usual_points() -> str:
    return points_text(evenly(0.0, 2.0, 9))


@dataclass(frozen=True)
class AxisValues:
    """`points`: as they are typed. `adapter`: its number, from 1."""

    what: What = "master"
    points: str = field(default_factory=_usual_points)
    adapter: int = 1
    block: str = ""

    def axis(self) -> Axis:
        """Raises `ValueError` with one sentence."""
        if self.what == "block" and not is_block(self.block):
            raise ValueError(_no_block(self.block))
        return Axis(
            what=self.what,
            points=read_points(self.points),
            adapter=self.adapter if self.what in ("fader", "text", "block") else 0,
            block=self.block if self.what == "block" else "",
        )


@dataclass(frozen=True)
class FormValues:
    """`seeds`, `depths`, `energies`: as they are typed; no `depths` are 1, 2, 4 … all."""

    kind: Kind = "ladder"
    prompts: tuple[str, ...] = ()
    seeds: str = "2"
    depths: str = ""
    policies: tuple[Policy, ...] = ("one",)
    orders: int = 1
    arms: tuple[Arm, ...] = ("real",)
    axes: tuple[AxisValues, ...] = (AxisValues(),)
    pairs: bool = False
    negative: str = ""
    alone: bool = True
    energies: str = USUAL_ENERGIES
    draws: int = 1
    rules: tuple[MergeRule, ...] = (MergeRule(), usual_rule("ties"), usual_rule("svd"))
    measures: tuple[str, ...] = DEFAULT_MEASURES

    def experiment(
        self,
        base: GenerationRequest,
        adapters: tuple[AppliedAdapter, ...],
        wildcards: Wildcards = NO_WILDCARDS,
    ) -> Experiment:
        """base: without adapters, as the loaded checkpoint answers it. wildcards: for seed walls,
        whose prompts may leave words to the seed. Raises `ValueError` with one sentence where a
        text says nothing; what makes no experiment is `problem()` of it."""
        if self.kind == "seeds":
            return self._seeds(self._whole(base, adapters), wildcards)
        return {
            "ladder": self._ladder,
            "sweep": self._sweep,
            "ablation": self._ablation,
            "outputs": self._outputs,
            "return": self._return,
            "rules": self._rules,
        }[self.kind](self._whole(base, adapters))

    def _whole(self, base: GenerationRequest, adapters: tuple[AppliedAdapter, ...]) -> Experiment:
        return Experiment(
            kind=self.kind,
            base=base,
            adapters=adapters,
            prompts=self.prompts,
            seeds=_read_seeds(self.seeds),
            measures=self.measures,
        )

    def _ladder(self, whole: Experiment) -> Experiment:
        depths = read_numbers(self.depths) if self.depths.strip() else ()
        usual = usual_depths(len(whole.adapters)) if whole.adapters else (1,)
        return _with(
            whole,
            depths=tuple(sorted({*(depths or usual)} - {0})),
            policies=self.policies,
            orders=self.orders,
            arms=self.arms,
        )

    def _sweep(self, whole: Experiment) -> Experiment:
        return _with(whole, axes=tuple(axis.axis() for axis in self.axes))

    def _ablation(self, whole: Experiment) -> Experiment:
        return _with(whole, pairs=self.pairs)

    def _seeds(self, whole: Experiment, wildcards: Wildcards) -> Experiment:
        if missing := missing_wildcards(whole.prompts, whole.seeds, wildcards):
            raise ValueError(no_wildcards(missing))
        drawn = wordings(whole.prompts, whole.seeds, wildcards)
        return _with(whole, negative=self.negative, alone=self.alone, wordings=drawn)

    def _outputs(self, whole: Experiment) -> Experiment:
        return _with(whole, energies=read_decimals(self.energies), draws=self.draws)

    def _return(self, whole: Experiment) -> Experiment:
        return _with(whole, orders=self.orders)

    def _rules(self, whole: Experiment) -> Experiment:
        return _with(whole, rules=self.rules)


def _no_block(name: str) -> str:
    if not name:
        return say("Say which block is to be swept, such as M00.")
    return say(
        "“{name}” is no block of a network; they are called M00, IN04, OUT07 or D03.", name=name
    )


def values_of(experiment: Experiment, kept: FormValues) -> FormValues:
    """The form that describes it again; what its kind does not ask for stays as it is `kept`."""
    shared = replace(
        kept,
        kind=experiment.kind,
        prompts=experiment.prompts,
        seeds=_seeds_text(experiment.seeds),
        measures=experiment.measures,
    )
    return {
        "ladder": _of_ladder,
        "sweep": _of_sweep,
        "ablation": _of_ablation,
        "seeds": _of_seeds,
        "outputs": _of_outputs,
        "return": _of_return,
        "rules": _of_rules,
    }[experiment.kind](experiment, shared)


def _of_ladder(experiment: Experiment, kept: FormValues) -> FormValues:
    is_usual = experiment.depths == usual_depths(max(1, len(experiment.adapters)))
    return replace(
        kept,
        depths="" if is_usual else whole_text(experiment.depths),
        policies=experiment.policies,
        orders=experiment.orders,
        arms=experiment.arms,
    )


def _of_sweep(experiment: Experiment, kept: FormValues) -> FormValues:
    axes = (
        AxisValues(axis.what, points_text(axis.points), max(1, axis.adapter), axis.block)
        for axis in experiment.axes
    )
    return replace(kept, axes=tuple(axes))


def _of_ablation(experiment: Experiment, kept: FormValues) -> FormValues:
    return replace(kept, pairs=experiment.pairs)


def _of_seeds(experiment: Experiment, kept: FormValues) -> FormValues:
    return replace(kept, negative=experiment.negative, alone=experiment.alone)


def _of_outputs(experiment: Experiment, kept: FormValues) -> FormValues:
    return replace(kept, energies=points_text(experiment.energies), draws=experiment.draws)


def _of_return(experiment: Experiment, kept: FormValues) -> FormValues:
    return replace(kept, orders=experiment.orders)


def _of_rules(experiment: Experiment, kept: FormValues) -> FormValues:
    return replace(kept, rules=experiment.rules)


def quick_look(kept: FormValues) -> FormValues:
    """A first idea within a minute or two: one prompt, two seeds, no twins."""
    axes = tuple(replace(axis, points=_few(axis.points)) for axis in kept.axes[:1])
    return replace(
        kept, prompts=kept.prompts[:1], seeds="2", orders=1, arms=("real",), axes=axes, draws=1
    )


def for_a_claim(kept: FormValues, prompts: tuple[str, ...]) -> FormValues:
    """Enough prompts, seeds, orders and controls that somebody else may be told of it. prompts:
    that are ready; those of the person come first."""
    every = tuple(dict.fromkeys((*kept.prompts, *prompts)))
    arms: tuple[Arm, ...] = ("real", "random")
    most = max(ENOUGH_PROMPTS, len(kept.prompts))
    return replace(kept, prompts=every[:most], seeds="4", orders=3, arms=arms, draws=3)


def _few(points: str) -> str:
    """Five of as many as are given, its ends among them."""
    try:
        known = read_points(points)
    except ValueError:
        return points
    if len(known) <= 5:
        return points
    last = len(known) - 1
    return points_text(tuple(known[round(at * last / 4)] for at in range(5)))


def _read_seeds(text: str) -> tuple[int, ...]:
    return read_seeds(text) if text.strip() else ()


def _seeds_text(seeds: tuple[int, ...]) -> str:
    """“4” for 1 to 4: as people count them."""
    is_count = seeds == tuple(range(1, len(seeds) + 1))
    return str(len(seeds)) if is_count else whole_text(seeds)


def _with(whole: Experiment, **fields: object) -> Experiment:
    return msgspec.structs.replace(whole, **fields)
