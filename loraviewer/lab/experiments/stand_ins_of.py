"""The adapters of an experiment that no file holds."""

from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.outputs import compared
from loraviewer.lab.experiments.drawn_twins import DrawnTwin, drawn_twins
from loraviewer.lab.experiments.stack_noise import StackNoise, stack_noises


def stand_ins_of(experiment: Experiment) -> dict[str, DrawnTwin | StackNoise]:
    """All that its stacks may name, by sha256; see `engine.stand_ins`. Light: they cross to other
    processes, and are drawn where they are used."""
    if experiment.kind == "outputs":
        return {**stack_noises(compared(experiment), experiment.draws)}
    if "random" in experiment.arms:
        return {**drawn_twins(experiment.adapters, experiment.orders)}
    return {}
