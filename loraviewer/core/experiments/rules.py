"""The stacks of a comparison of merge rules: one stack, merged by each of them."""

from collections.abc import Iterator

from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.merge_rules import SUM


def by_rules(experiment: Experiment) -> Iterator[Condition]:
    """The sum first, which the others are compared with; then as they are given."""
    adapters = experiment.adapters
    for number, rule in enumerate(dict.fromkeys((SUM, *experiment.rules)), 1):
        yield Condition(
            name=f"rule-{number:02}",
            arm=rule.text,
            depth=len(adapters),
            adapters=adapters,
            merge_rule=rule,
        )
