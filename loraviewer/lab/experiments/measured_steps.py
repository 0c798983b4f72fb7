"""Rows of how far one step was moved, beside those of the pictures."""

from collections.abc import Iterable

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.outputs import ONE_STEP, measured_step
from loraviewer.lab.experiments.rows import row_of


def measured_steps(experiment: Experiment, groups: Iterable[Group]) -> list[Row]:
    """One of each group but the base's; none where nothing was measured."""
    rows = list[Row]()
    for group in groups:
        found = measured_step(experiment, group.condition)
        if found is not None:
            value = found.measured[experiment.prompts.index(group.prompt)]
            rows.append(row_of(group, group.id, None, ONE_STEP, value, None))
    return rows
