"""One number with all that its place in an experiment says of it."""

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.conclusions.words import unit_words
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.picture_measures import MeasureFacts


def row_of(
    group: Group,
    cell: str,
    seed: int | None,
    measure: MeasureFacts,
    value: float,
    in_seed_spreads: float | None,
) -> Row:
    condition = group.condition
    return Row(
        cell=cell,
        arm=condition.arm,
        policy=condition.policy,
        order=condition.order,
        depth=condition.depth,
        adapters=condition.names,
        scales=condition.scales,
        prompt=group.prompt,
        seed=seed,
        measure=measure.name,
        value=value,
        unit=unit_words(measure.unit),
        in_seed_spreads=in_seed_spreads,
        at=condition.place,
    )
