"""What conclusions of one measure are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass

from loraviewer.core.experiments.conclusions.estimates import Evidence
from loraviewer.core.experiments.curves import BASE_ARM
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean


@dataclass(frozen=True)
class Case:
    """`means`: of all measures; `own`: those of one, at least one."""

    experiment: Experiment
    means: Sequence[Mean]
    own: Sequence[Mean]
    evidence: Evidence

    @property
    def measure(self) -> str:
        return self.own[0].measure

    @property
    def base(self) -> Mean | None:
        return next((mean for mean in self.own if mean.arm == BASE_ARM), None)
