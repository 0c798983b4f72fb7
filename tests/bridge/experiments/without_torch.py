"""Runs an experiment as the studio's thread does, and says whether torch was imported for it."""

import sys
import tempfile
from pathlib import Path

import msgspec

from loraviewer.app.experiments import run_in_studio
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import RunsOn
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.outputs import OUTPUT_ARMS
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import Done, RowsPart, RowsWanted, StepMoved, StepWanted
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter


class KnowingHands:
    run = "run"

    def __init__(self) -> None:
        self.rows = self.nominals = 0

    def picture(self, shot):
        grey = Picture(16, 16, bytes([shot.request.sampling.seed]) * (16 * 16 * 3))
        return Rendered(shot.request, grey, Timings(), "weights")

    @property
    def runs_on(self):
        return RunsOn()

    def check(self):
        pass

    def find(self, request):
        return None

    def keep(self, rendered, stack):
        pass

    def told(self, shot, answer):
        pass

    def working(self, now):
        pass

    def begin(self, experiment):
        self.nominals = len(experiment.nominals)

    def measured(self, wanted):
        if isinstance(wanted, StepWanted):
            return StepMoved(0.1)
        if not isinstance(wanted, RowsWanted):
            return Done()
        group = wanted.group
        row = Row(
            group.id, group.condition.arm, "", 0, 0, "", "", "p", None, "m", 1.0, "", None, ""
        )
        return RowsPart((row,), None)

    def go(self, going):
        pass

    def measure(self, group, pictures, rows):
        self.rows = len(rows)

    def add(self, rows):
        pass


def main() -> None:
    experiment = Experiment(
        kind="ablation",
        base=GenerationRequest(checkpoint=CheckpointRef("demo", "identity")),
        adapters=(AppliedAdapter("a" * 64, 1.0, 1.0, "ink", "ink.safetensors"),),
        prompts=("p",),
        seeds=(1, 2),
        measures=("difference",),
    )
    hands = KnowingHands()
    with tempfile.TemporaryDirectory() as folder:
        assert run_in_studio(experiment, Path(folder), hands)
    compared = msgspec.structs.replace(experiment, kind="outputs", energies=(0.1,))
    with tempfile.TemporaryDirectory() as folder:
        assert run_in_studio(compared, Path(folder), hands)
        assert hands.nominals == len(OUTPUT_ARMS)
    print("rows", hands.rows, "torch", "torch" in sys.modules)


if __name__ == "__main__":
    main()
