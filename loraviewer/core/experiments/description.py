"""What an experiment is, as one frozen value that a file holds: equal descriptions ask for equal
pictures and numbers."""

import math
from pathlib import Path
from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.nominals import Nominal
from loraviewer.core.experiments.wordings import Wording
from loraviewer.core.left_out import leave_out_unsaid
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import FileError
from loraviewer.core.picture_measures import DEFAULT_MEASURES, sights_of
from loraviewer.core.regular_files import read_regular
from loraviewer.core.request import MAX_SEED, GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.system_reasons import reason_of

VERSION = 1
"""It only grows where an old field comes to mean something else."""

Kind = Literal["ladder", "sweep", "ablation", "seeds", "outputs", "return", "rules"]

Policy = Literal["one", "mean", "sqrt"]
"""By what each of N adapters' strengths is multiplied: 1, 1/N, 1/√N."""

Arm = Literal["real", "random", "copies"]
"""The adapters; random ones with the same singular values (`random_twins`); one of them N times."""

LEAST_SEEDS = 2
"""Of one picture nobody knows how much the base varies."""

MOST_AXES = 2

_MOST_BYTES = 16 << 20


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`base`: all that the cells' requests share, settled as the checkpoint answers them, without
    adapters; its prompt and seed count for nothing. `adapters`: in the order they were given, with
    the strengths that the policies and points multiply; also those at 0.

    A ladder has `depths` of 1 and more (0 is the base, which is always there), each in `orders`
    random orders, by each of `policies`, in each of `arms`. A sweep has one or two `axes`. An
    ablation may have `pairs`, too: every two adapters together. `seeds` compares the base, the
    stack, each adapter `alone` and the base with a `negative` prompt that asks for the same.
    `outputs` puts the same `energies` into weights and into outputs, in so many `draws`: each moves
    one step by as much, as its `nominals` say; without them the energies are nominal. `return` goes
    from the base to the stack and back in `orders` random orders. `rules` merges the stack by each
    of `rules`. `encoder`: the folder of the network that measures on `encoder` look through.
    `wordings`: of prompts that leave something to the seed, whose seeds have words of
    their own; of seed walls only.
    """

    kind: Kind
    base: GenerationRequest
    adapters: tuple[AppliedAdapter, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    measures: tuple[str, ...] = DEFAULT_MEASURES
    depths: tuple[int, ...] = ()
    policies: tuple[Policy, ...] = ("one",)
    orders: int = 1
    arms: tuple[Arm, ...] = ("real",)
    axes: tuple[Axis, ...] = ()
    pairs: bool = False
    negative: str = ""
    alone: bool = True
    energies: tuple[float, ...] = ()
    draws: int = 1
    nominals: tuple[Nominal, ...] = ()
    rules: tuple[MergeRule, ...] = ()
    encoder: str = ""
    wordings: tuple[Wording, ...] = ()
    version: int = VERSION

    def words(self, prompt: str, seed: int) -> str:
        """What one of its prompts says with one of its seeds."""
        wording = self._wording(prompt)
        return prompt if wording is None else wording.words[self.seeds.index(seed)]

    def is_drawn(self, prompt: str) -> bool:
        """Whether each seed has its own words of it."""
        return self._wording(prompt) is not None

    def _wording(self, prompt: str) -> Wording | None:
        return next((one for one in self.wordings if one.template == prompt), None)

    def problem(self) -> str | None:
        """One sentence about the first thing that makes no experiment, or None."""
        asked = (
            self._problem_of_all,
            self._problem_of_seeds,
            self._problem_of_wordings,
            self._problem_of_kind,
        )
        return next((told for problem_of in asked if (told := problem_of())), None)

    def _problem_of_all(self) -> str | None:
        if not self.adapters:
            return say("An experiment needs at least one adapter.")
        if not self.prompts:
            return say("An experiment needs at least one prompt.")
        if len(set(self.prompts)) < len(self.prompts):
            return say("The same prompt is given twice.")
        if "encoder" in sights_of(self.measures) and not self.encoder:
            return say("Measures on an encoder need its folder; give it with --encoder.")
        return None

    def _problem_of_seeds(self) -> str | None:
        if len(set(self.seeds)) < LEAST_SEEDS:
            return say(
                "An experiment needs at least two seeds: they say how much the base itself varies."
            )
        if len(set(self.seeds)) < len(self.seeds) or not 0 <= min(self.seeds) <= MAX_SEED:
            return say("Seeds are whole numbers from 0 on, each given once.")
        return None

    def _problem_of_kind(self) -> str | None:
        if self.kind == "return" and self.orders < 1:
            return say("Give at least one way from the base to the stack and back.")
        own = {
            "rules": self._problem_of_rules,
            "outputs": self._problem_of_outputs,
            "sweep": self._problem_of_sweep,
            "ladder": self._problem_of_ladder,
        }
        return own[self.kind]() if self.kind in own else None

    def _problem_of_wordings(self) -> str | None:
        if self.wordings and self.kind != "seeds":
            return say("Only a seed wall leaves words of its prompts to the seed.")
        if any(len(one.words) != len(self.seeds) for one in self.wordings):
            return say("A prompt that leaves words to the seed has as many as there are seeds.")
        return None

    def _problem_of_outputs(self) -> str | None:
        if not self.energies or len(set(self.energies)) < len(self.energies):
            return say("Give at least one energy, and each once.")
        if not all(math.isfinite(one) and one >= 0 for one in self.energies):
            return say("Energies are finite numbers from 0 on.")
        if self.draws < 1:
            return say("Noise is drawn at least once.")
        if all(one.is_silent for one in self.adapters):
            return say("Adapters at strength 0 touch no layers whose outputs could be compared.")
        return None

    def _problem_of_rules(self) -> str | None:
        if all(rule.is_sum for rule in self.rules):
            return say("Give at least one merge rule besides the sum.")
        return next(filter(None, (rule.problem() for rule in self.rules)), None)

    def _problem_of_sweep(self) -> str | None:
        if not 1 <= len(self.axes) <= MOST_AXES:
            return say("A sweep goes along one axis or two.")
        if len({(axis.what, axis.adapter, axis.block) for axis in self.axes}) < len(self.axes):
            return say("The two axes of a sweep are the same.")
        problems = (axis.problem(len(self.adapters)) for axis in self.axes)
        return next(filter(None, problems), None)

    def _problem_of_ladder(self) -> str | None:
        if not self.depths or min(self.depths) < 1 or self.orders < 1:
            return say("A ladder needs depths of 1 and more, and at least one order.")
        if not self.policies or not self.arms:
            return say("A ladder needs at least one policy and one arm.")
        known, deepest = len(self.adapters), max(self.depths)
        if deepest > known and set(self.arms) == {"real"}:
            return say(
                "A depth of {deepest} takes {deepest} adapters, and {known} are given; only random "
                "ones and copies of one go deeper.",
                deepest=deepest,
                known=known,
            )
        return None


def encoded(experiment: Experiment) -> bytes:
    """As a file holds it: JSON with sorted keys, to be read by people as well."""
    fields = msgspec.to_builtins(experiment)  # those of a struct would not be sorted
    leave_out_unsaid(fields["base"]["sampling"])
    if not experiment.wordings:  # so that older versions read it
        del fields["wordings"]
    return msgspec.json.format(encode_json(fields, order="deterministic"), indent=2) + b"\n"


def read_description(path: Path) -> Experiment:
    """Raises `FileError` that names the file, also for one of a newer version."""
    try:
        data = read_regular(path, _MOST_BYTES)
    except OSError as error:
        raise FileError(
            say(
                "“{path}” cannot be read: {why}.",
                path=str(path),
                why=reason_of(error),
            )
        ) from error
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version > VERSION:
            raise FileError(
                say(
                    "“{path}” was written by a newer loraviewer (version {version}).",
                    path=str(path),
                    version=version,
                )
            )
        experiment = msgspec.json.decode(data, type=Experiment)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FileError(
            say("“{path}” describes no experiment: {why}.", path=str(path), why=str(error))
        ) from error
    if problem := experiment.problem():
        raise FileError(say("“{path}”: {problem}", path=str(path), problem=problem))
    return experiment


class _Versioned(msgspec.Struct):
    version: int = VERSION
