"""Options by which prompts leave something to the seed; without them each prompt is read to the
letter."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from loraviewer.cli.shared import tell_note
from loraviewer.core.outcome import FileError
from loraviewer.core.request import Sampling
from loraviewer.core.variants.prompts import missing_wildcards, with_typed
from loraviewer.core.variants.template import is_open
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards, read_wildcards

Variants = Annotated[
    bool,
    typer.Option(
        "--variants",
        help="Take {red|blue}, {2::red|1::blue} and {2$$a|b|c} in the prompt for choices, which "
        "each seed makes for itself.",
    ),
]
WildcardsFolder = Annotated[
    Path | None,
    typer.Option(
        "--wildcards",
        metavar="FOLDER",
        help="With --variants: where colour.txt lies, a line of which stands in for __colour__.",
    ),
]


def check_variants(variants: bool, folder: Path | None) -> None:
    """Wrong usage where the one is of no use without the other."""
    if folder is not None and not variants:
        raise typer.BadParameter("--wildcards is for prompts with --variants; give both.")


def asked_wildcards(
    variants: bool, folder: Path | None, prompts: Iterable[str], seeds: Sequence[int]
) -> Wildcards | None:
    """None where prompts are to be read to the letter. Raises `FileError`, also for wildcards that
    are not there."""
    if not variants:
        return None
    wildcards = NO_WILDCARDS if folder is None else read_wildcards(folder)
    for problem in wildcards.problems:
        tell_note(problem)
    missing = missing_wildcards(prompts, seeds, wildcards)
    if missing and folder is None:
        raise FileError(f"There is no wildcard “{missing[0]}”; give its folder with --wildcards.")
    if missing:
        raise FileError(f"There is no wildcard “{missing[0]}” in “{folder}”.")
    return wildcards


def unasked_choices(prompts: Iterable[str], variants: bool) -> str:
    """One sentence about what could be left to the seed and is not; "" where nothing is."""
    if variants or not any(map(is_open, prompts)):
        return ""
    return (
        "Braces and wildcards are letters here; with --variants each seed chooses among them, with "
        "--wildcards FOLDER from files, too."
    )


def drawn(sampling: Sampling, wildcards: Wildcards | None) -> Sampling:
    """With the words of its seed."""
    return sampling if wildcards is None else with_typed(sampling, sampling.prompt, wildcards)
