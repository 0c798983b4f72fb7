"""The same energy put into weights, into outputs of layers and into the guided output: does it
matter where, and whether it stays the same from step to step?"""

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from loraviewer.core.experiments.conditions import Condition, multiplied
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.nominals import Nominal
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.experiments.weight_noise import noise_of
from loraviewer.core.picture_measures import MeasureFacts
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter, in_canonical_order

OutputArm = Literal[
    "stack",
    "weights-gaussian",
    "weights-random",
    "activations-fresh",
    "activations-frozen",
    "guided-fresh",
    "guided-frozen",
]
"""The adapters themselves, for comparison; weights moved by Gaussian noise, or on random directions
by the stack's own singular values; noise on the outputs of the layers with these weights, and on
the guided output."""

STACK: OutputArm = "stack"

OUTPUT_ARMS: tuple[OutputArm, ...] = (
    STACK,
    "weights-gaussian",
    "weights-random",
    "activations-fresh",
    "activations-frozen",
    "guided-fresh",
    "guided-frozen",
)

ONE_STEP = MeasureFacts(
    name="one-step",
    title=say("Change of one step"),
    unit=say("of the output"),
    resolution=0.001,
    meaning=say(
        "How far the guided output of the network moves at one step, at the noisy latents that"
        " the base itself comes by, in units of its own size: 0 is the base."
    ),
    damage="rises",
    blind=say("It is a size without a direction: a style and a fog of noise may be as large."),
)
"""What disturbances are compared by. Not of pictures, so it stands in no list of their measures."""


def outputs(experiment: Experiment) -> Iterator[Condition]:
    """Arm by arm, draw by draw, in the order of the energies."""
    known = {(one.arm, one.draw, one.energy): one for one in experiment.nominals}
    for arm in OUTPUT_ARMS:
        for draw in draws_of(experiment, arm):
            for energy in experiment.energies:
                found = known.get((arm, draw, energy))
                yield output_condition(
                    experiment, arm, draw, energy, found.nominal if found else energy
                )


def compared(experiment: Experiment) -> tuple[AppliedAdapter, ...]:
    """The adapters whose layers get noise: those that change something, in canonical order."""
    return in_canonical_order(one for one in experiment.adapters if not one.is_silent)


def draws_of(experiment: Experiment, arm: OutputArm) -> range:
    """Of a stack there is but one."""
    return range(1, 2 if arm == STACK else experiment.draws + 1)


def output_condition(
    experiment: Experiment, arm: OutputArm, draw: int, energy: float, nominal: float
) -> Condition:
    """energy: what was asked for, its place; nominal: ρ as in `noise_of` and `Disturbance`, and by
    what the stack's strengths are multiplied."""
    number = experiment.energies.index(energy) + 1
    condition = Condition(
        name=f"{arm}-n{draw}-e{number:03}",
        arm=arm,
        order=0 if arm == STACK else draw,
        at=(energy,),
    )
    return _with_noise(condition, experiment, arm, draw, nominal)


def measured_step(experiment: Experiment, condition: Condition) -> Nominal | None:
    """What was measured of a condition; None of the base, and where nothing was."""
    place = (condition.arm, max(1, condition.order), condition.at[:1])
    found = (one for one in experiment.nominals if (one.arm, one.draw, (one.energy,)) == place)
    return next(found, None)


def _with_noise(
    condition: Condition, experiment: Experiment, arm: OutputArm, draw: int, nominal: float
) -> Condition:
    if arm == STACK:
        adapters = tuple(multiplied(one, nominal) for one in experiment.adapters)
        return replace(condition, depth=len(adapters), adapters=adapters)
    real = compared(experiment)
    if arm in ("weights-gaussian", "weights-random"):
        spectrum = "gaussian" if arm == "weights-gaussian" else "random"
        return replace(condition, adapters=(noise_of(spectrum, real, draw, nominal),))
    place, _, kind = arm.partition("-")
    disturbance = Disturbance(
        place="guided" if place == "guided" else "activations",
        is_frozen=kind == "frozen",
        energy=nominal,
        draw=draw,
        layers_of=() if place == "guided" else real,
    )
    return replace(condition, disturbance=disturbance)
