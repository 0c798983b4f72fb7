"""`loraviewer lab outputs`: the same energy put into weights and into outputs."""

from typing import Annotated, Any

import typer

from loraviewer.cli.lab.options import Common, experiment_command, parser
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.numbers import read_decimal

_MOST_DRAWS = 100


def _read_energies(text: str) -> tuple[float, ...]:
    """Numbers from 0 on between commas. Raises `ValueError`."""
    found = [read_decimal(part.strip()) for part in text.split(",")]
    numbers = [number for number in found if number is not None and number >= 0]
    if len(numbers) < len(found):
        raise ValueError(f"“{text}” is no list of energies; write it as 0.05,0.1,0.2.")
    return tuple(sorted(set(numbers)))


_Energies = Annotated[
    Any,
    typer.Option(
        "--energies",
        parser=parser(_read_energies),
        metavar="0.05,0.1,…",
        help="By how much of its own size one step of denoising is moved, in each arm.",
    ),
]
_Draws = Annotated[
    int, typer.Option("--draws", min=1, max=_MOST_DRAWS, help="How often noise is drawn anew.")
]


@experiment_command
def outputs(common: Common, energies: _Energies = "0.05,0.1,0.2", draws: _Draws = 2) -> Experiment:
    """Does it harm more to change weights or outputs? Each arm moves one step by as much."""
    return common.draft("outputs", energies=energies, draws=draws)
