"""From a description to cells: every stack with every prompt and seed, in a canonical order."""

from collections.abc import Iterator

import msgspec

from loraviewer.core.experiments.ablation import ablation
from loraviewer.core.experiments.conditions import BASE, Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.ladder import ladder
from loraviewer.core.experiments.outputs import outputs
from loraviewer.core.experiments.rules import by_rules
from loraviewer.core.experiments.seed_wall import seed_wall
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.experiments.sweep import sweep
from loraviewer.core.experiments.ways import ways
from loraviewer.core.request import GenerationRequest

_CONDITIONS = {
    "ladder": ladder,
    "sweep": sweep,
    "ablation": ablation,
    "seeds": seed_wall,
    "outputs": outputs,
    "return": ways,
    "rules": by_rules,
}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of an experiment. `id`: unique, and the name of its picture's file."""

    id: str
    condition: Condition
    shot: Shot

    @property
    def request(self) -> GenerationRequest:
        return self.shot.request


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one stack and one prompt, a seed each: what is measured together, and made on
    one merge of the stack."""

    id: str
    condition: Condition
    prompt: str
    cells: tuple[Cell, ...]


class Cost(msgspec.Struct, frozen=True):
    """`pictures`: fewer than cells where stacks are the same, as copies at 1/N are the one."""

    cells: int
    pictures: int
    stacks: int


def conditions(experiment: Experiment) -> tuple[Condition, ...]:
    """The base first."""
    return (BASE, *_CONDITIONS[experiment.kind](experiment))


def groups(experiment: Experiment) -> Iterator[Group]:
    """Stack by stack, so that each is merged once; the base's come first. Made as they are asked
    for: a hundred thousand cells are more than a process should hold."""
    for condition in conditions(experiment):
        for number, prompt in enumerate(experiment.prompts, 1):
            name = _group_name(condition, number)
            cells = tuple(
                _cell(experiment, condition, name, prompt, seed) for seed in experiment.seeds
            )
            yield Group(id=name, condition=condition, prompt=prompt, cells=cells)


class AllGroups:
    """The groups of an experiment, made anew each time that somebody goes through them."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment

    def __iter__(self) -> Iterator[Group]:
        return groups(self._experiment)


def cell_of(experiment: Experiment, condition: Condition, number: int, seed: int) -> Cell:
    """One of its cells, without going through all of them; number: of the prompt, from 1."""
    prompt = experiment.prompts[number - 1]
    return _cell(experiment, condition, _group_name(condition, number), prompt, seed)


def cost(experiment: Experiment) -> Cost:
    """Known before anything starts."""
    cells = [cell for group in groups(experiment) for cell in group.cells]
    stacks = {(cell.request.adapters, cell.request.merge_rule) for cell in cells}
    return Cost(len(cells), len({cell.shot.key for cell in cells}), len(stacks))


def _cell(experiment: Experiment, condition: Condition, group: str, prompt: str, seed: int) -> Cell:
    words = experiment.words(prompt, seed)
    template = prompt if experiment.is_drawn(prompt) else ""
    shot = condition.shot(experiment.base, words, seed, template)
    return Cell(id=f"{group}-s{seed}", condition=condition, shot=shot)


def _group_name(condition: Condition, number: int) -> str:
    return f"{condition.name}-p{number:02}"
