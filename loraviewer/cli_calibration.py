"""What makes the arms of `loraviewer lab outputs` comparable before any picture is made."""

from typing import TYPE_CHECKING

import typer

from loraviewer.cli_shared import progress, tell_note
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.numbers import short_number

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine


def comparable(engine: "StudioEngine", experiment: Experiment) -> Experiment:
    """With what each arm takes to move one step by the energies that were asked for; any other
    experiment as it is. Says which arms do not get there."""
    if experiment.kind != "outputs" or experiment.nominals:
        return experiment
    from loraviewer.lab.experiments.calibrating import calibrated
    from loraviewer.lab.experiments.step_gauge import StepGauge

    show = progress()
    typer.echo("loraviewer: measuring what moves one step by as much, in each arm.", err=True)
    found = calibrated(experiment, StepGauge(engine, experiment), lambda done: show("arms", done))
    show("arms", 1.0)
    _tell_misses(found)
    return found


def _tell_misses(experiment: Experiment) -> None:
    from loraviewer.lab.experiments.calibrating import is_met

    for one in experiment.nominals:
        if not is_met(one):
            measured = sum(one.measured) / len(one.measured)
            tell_note(
                f"{one.arm}, draw {one.draw}: at an energy of {short_number(one.energy, 3)} one "
                f"step moves by {short_number(measured, 3)} at the nearest."
            )
