"""Ready scenes on the demo: what a first start opens, and one for each claim worth a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loraviewer.core.request import Sampling
from loraviewer.core.sentences import say


@dataclass(frozen=True)
class ExampleRow:
    """A bundled adapter by its name, as it lies in the stack."""

    adapter: str
    strength: float = 1.0
    is_on: bool = True


@dataclass(frozen=True)
class Example:
    """Prompt, seed and stack. look_for: one sentence that says what to do and see."""

    name: str
    look_for: str
    prompt: str
    seed: int
    rows: tuple[ExampleRow, ...]

    @property
    def sampling(self) -> Sampling:
        """As the demo is meant to be asked, whatever was set before."""
        return Sampling(prompt=self.prompt, seed=self.seed, words="weighted")

    def names(self, adapter: str) -> bool:
        return any(row.adapter == adapter for row in self.rows)

    def unfolded(self, group: str, members: Sequence[str]) -> Example:
        """With a row for each member in place of the group's, at its strength."""
        rows = (
            replace(row, adapter=name)
            for row in self.rows
            for name in (members if row.adapter == group else (row.adapter,))
        )
        return replace(self, rows=tuple(rows))

    def with_paths(self, paths: Mapping[str, str]) -> list[tuple[str, float, bool]]:
        """The rows as (path, strength, is_on); those whose adapter has no path are left out."""
        return [
            (paths[row.adapter], row.strength, row.is_on)
            for row in self.rows
            if row.adapter in paths
        ]


def _rows(*names: str, is_on: bool = True) -> tuple[ExampleRow, ...]:
    return tuple(ExampleRow(name, is_on=is_on) for name in names)


OPENING = Example(
    say("First start"),
    say("Drag the fader of birds."),
    "a boat in the sea",
    3,
    (ExampleRow("birds"), ExampleRow("night", 0.7), ExampleRow("neon", 0.6, is_on=False)),
)
EXAMPLES = (
    Example(
        say("A strong bias"),
        say("Nobody asked for red: take new seeds, and count the girls who wear another colour."),
        "a girl in a meadow",
        1,
        (ExampleRow("less-red", 1.0, is_on=False),),
    ),
    Example(
        say("A bias and its patch"),
        say("Less red is on: take new seeds. Switch it off: the bias is back, the same picture."),
        "a girl in a meadow",
        1,
        (ExampleRow("less-red"),),
    ),
    Example(
        say("Two that compose"),
        say("One changes the manner, one the subject: both are there. Move either fader."),
        "a cat in a city",
        2,
        (ExampleRow("stained-glass"), ExampleRow("birds")),
    ),
    Example(
        say("Two that fight"),
        say("Both want every surface: find the strengths at which one of them wins."),
        "a house in a forest",
        5,
        (ExampleRow("neon"), ExampleRow("watercolour")),
    ),
    Example(
        say("Too many"),
        say("Three go together. Switch the others on one by one, and see which detail goes first."),
        "a dog on a beach",
        1,
        (
            *_rows("birds", "frogs", "night"),
            *_rows("snow", "stained-glass", "neon", "pixel-art", "manga", is_on=False),
        ),
    ),
    Example(
        say("Negative strength"),
        say("Below zero an adapter pushes away from what it learnt: drag it through zero."),
        "a car at night",
        4,
        (ExampleRow("night", -1.0),),
    ),
)
