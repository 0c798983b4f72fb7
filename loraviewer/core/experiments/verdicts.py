"""What an experiment's numbers say: a few sentences, each with what it stands on.

A conclusion is drawn only where the interval allows it; where it does not, that is what is said.
Fewer than two prompts carry none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from loraviewer.core.experiments.conclusions.ablation import of_ablation
from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Evidence, FromMeans
from loraviewer.core.experiments.conclusions.ladder import of_ladder
from loraviewer.core.experiments.conclusions.others import of_outputs, of_rules, of_way_back
from loraviewer.core.experiments.conclusions.seeds import of_seeds
from loraviewer.core.experiments.conclusions.sweep import of_sweep
from loraviewer.core.experiments.conclusions.verdict import Verdict as Verdict
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.numbers import Mean

_KINDS: Mapping[Kind, Callable[[Case], Iterator[Verdict]]] = {
    "ladder": of_ladder,
    "sweep": of_sweep,
    "ablation": of_ablation,
    "seeds": of_seeds,
    "outputs": of_outputs,
    "return": of_way_back,
    "rules": of_rules,
}


def verdicts(
    experiment: Experiment, means: Sequence[Mean], evidence: Evidence | None = None
) -> tuple[Verdict, ...]:
    """Measure by measure; what is decided comes before what stays open. evidence: what the rows
    tell beyond their means; without it means must do, and less is sure."""
    known, found = evidence or FromMeans(), list[Verdict]()
    for own in _by_measure(means):
        found += _KINDS[experiment.kind](Case(experiment, means, own, known))
    return tuple(sorted(found, key=lambda one: not one.is_decided))


def _by_measure(means: Iterable[Mean]) -> list[list[Mean]]:
    found: dict[str, list[Mean]] = {}
    for mean in means:
        found.setdefault(mean.measure, []).append(mean)
    return list(found.values())
