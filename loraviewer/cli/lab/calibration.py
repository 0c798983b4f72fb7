"""What makes the arms of `loraviewer lab outputs` comparable before any picture is made."""

from typing import TYPE_CHECKING

import typer

from loraviewer.cli.shared import progress
from loraviewer.core.experiments.description import Experiment

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine


def comparable(engine: "StudioEngine", experiment: Experiment) -> Experiment:
    """With what each arm takes to move one step by the energies that were asked for; any other
    experiment as it is."""
    if experiment.kind != "outputs" or experiment.nominals:
        return experiment
    from loraviewer.lab.experiments.calibrating import calibrated
    from loraviewer.lab.experiments.step_gauge import StepGauge

    show = progress()
    typer.echo("loraviewer: measuring what moves one step by as much, in each arm.", err=True)
    found = calibrated(experiment, StepGauge(engine, experiment), lambda done: show("arms", done))
    show("arms", 1.0)
    return found
