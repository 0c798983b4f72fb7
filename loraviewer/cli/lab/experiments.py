"""`loraviewer lab ladder` and its like, and `run`: experiments of pictures, into a folder."""

from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer

from loraviewer.cli.lab.options import (
    Cluster,
    Common,
    Cores,
    NoStore,
    Output,
    Resume,
    Workers,
    experiment_command,
    parser,
    words,
)
from loraviewer.cli.lab.runs import Asked, Hands, carry_out_again
from loraviewer.cli.shared import Json, Strict, check_words, failing_in_one_line, tell_note
from loraviewer.cli.variants import (
    Variants,
    WildcardsFolder,
    asked_wildcards,
    check_variants,
    unasked_choices,
)
from loraviewer.core.experiments.axes import USUAL_ENDS, Axis, read_axis
from loraviewer.core.experiments.description import Arm, Experiment, Policy, read_description
from loraviewer.core.experiments.ranges import read_numbers, usual_depths
from loraviewer.core.experiments.sweep import evenly
from loraviewer.core.experiments.wordings import wordings
from loraviewer.core.merge_rules import RULES, read_rule, usual_rule

_Depths = Annotated[
    Any,
    typer.Option(
        "--depths",
        parser=parser(read_numbers),
        metavar="1,2,4|1-8",
        help="How many adapters at once; 0, the base, is always there. 1, 2, 4 … all of them.",
    ),
]
_Policies = Annotated[
    Any,
    typer.Option(
        "--policy",
        parser=words(get_args(Policy)),
        metavar="one,mean,sqrt",
        help="By what strengths of N adapters are multiplied: 1, 1/N, 1/√N.",
    ),
]
_Orders = Annotated[
    int, typer.Option("--orders", min=1, max=1000, help="Random orders of the adapters.")
]
_Arms = Annotated[
    Any,
    typer.Option(
        "--arms",
        parser=words(get_args(Arm)),
        metavar="real,random,copies",
        help="The adapters, random ones of the same singular values, copies of one.",
    ),
]
_Axes = Annotated[
    list[Any] | None,
    typer.Option(
        "--axis",
        parser=parser(read_axis),
        metavar="master|fader:N|text[:N]|block:NAME[:N]|guidance",
        help="What moves: all strengths, that of the Nth adapter, of its text encoder part, in one "
        "block, or the guidance. Twice for a grid. The master if it is not given.",
    ),
]
_FROM, _TO, _POINTS = (
    typer.Option("--from", min=-100, max=100),
    typer.Option("--to", min=-100, max=100, help="0 to 2, of guidance 1 to 9."),
    typer.Option("--points", min=1, max=1000),
)
_FROM_2, _TO_2, _POINTS_2 = (
    typer.Option("--from2", min=-100, max=100, help="As --from, of the second axis."),
    typer.Option("--to2", min=-100, max=100),
    typer.Option("--points2", min=1, max=1000),
)
_Rules = Annotated[
    list[Any] | None,
    typer.Option(
        "--rule",
        parser=parser(read_rule),
        metavar="NAME[:NUMBER]",
        help=f"May be repeated: {', '.join(facts.name for facts in RULES)}. All of them if none is "
        "given; the sum is always there.",
    ),
]


@experiment_command
def ladder(
    common: Common,
    depths: _Depths = None,
    policy: _Policies = "one",
    orders: _Orders = 2,
    arms: _Arms = "real,random",
) -> Experiment:
    """What happens to pictures as a stack gets deeper."""
    return common.draft(
        "ladder",
        depths=tuple(sorted({*(depths or usual_depths(common.adapters))} - {0})),
        policies=policy,
        orders=orders,
        arms=arms,
    )


@experiment_command
def sweep(
    common: Common,
    axis: _Axes = None,
    first: Annotated[float | None, _FROM] = None,
    last: Annotated[float | None, _TO] = None,
    points: Annotated[int, _POINTS] = 9,
    first_2: Annotated[float | None, _FROM_2] = None,
    last_2: Annotated[float | None, _TO_2] = None,
    points_2: Annotated[int, _POINTS_2] = 5,
) -> Experiment:
    """What happens to pictures as strengths of a stack or the guidance grow; along two, a grid."""
    given = axis or [Axis(points=())]
    if len(given) < 2 and (first_2, last_2) != (None, None):
        raise typer.BadParameter("--from2 and --to2 are of a second --axis.")
    ends = [(first, last, points), (first_2, last_2, points_2)]
    axes = tuple(_placed(one, *ends[min(at, 1)]) for at, one in enumerate(given))
    return common.draft("sweep", axes=axes)


@experiment_command
def ablate(
    common: Common,
    pairs: Annotated[bool, typer.Option("--pairs", help="Every two adapters together, too.")] = (
        False
    ),
) -> Experiment:
    """Which adapter does what: all, each alone, all but each, and what they do only together."""
    return common.draft("ablation", pairs=pairs)


@experiment_command
def seeds(
    common: Common,
    negative_arm: Annotated[
        str,
        typer.Option(
            "--negative-arm",
            metavar="WORDS",
            help="What the base alone is told to leave out in an arm of its own, to be compared "
            "with a stack that asks for the same.",
        ),
    ] = "",
    no_alone: Annotated[
        bool, typer.Option("--no-alone", help="Without an arm for each adapter alone.")
    ] = False,
    variants: Variants = False,
    wildcards: WildcardsFolder = None,
) -> Experiment:
    """How various pictures of many seeds are, and what they show most: base, stack, each alone."""
    check_words(negative_arm)
    check_variants(variants, wildcards)
    draft = common.draft("seeds", negative=negative_arm, alone=not no_alone)
    with failing_in_one_line():
        found = asked_wildcards(variants, wildcards, draft.prompts, draft.seeds)
        drawn = () if found is None else wordings(draft.prompts, draft.seeds, found)
    if told := unasked_choices(draft.prompts, variants):
        tell_note(told)
    return msgspec.structs.replace(draft, wordings=drawn)


@experiment_command
def there_and_back(common: Common, orders: _Orders = 2) -> Experiment:
    """Whether the base comes back: adapters on one by one, then off in another random order."""
    return common.draft("return", orders=orders)


@experiment_command
def rules(common: Common, rule: _Rules = None) -> Experiment:
    """What pictures of one stack look like, merged by several rules."""
    known = rule or [usual_rule(facts.name) for facts in RULES]
    return common.draft("rules", rules=tuple(dict.fromkeys(known)))


def run(
    description: Annotated[Path, typer.Argument(metavar="DESCRIPTION.json")],
    output: Output,
    workers: Workers = None,
    cluster: Cluster = "",
    cores: Cores = 1,
    resume: Resume = False,
    no_store: NoStore = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """An experiment again, as the description in its folder says it."""
    with failing_in_one_line():
        experiment = read_description(description)
        asked = Asked(
            base=experiment.base.checkpoint.path,
            lora=[],
            output=output,
            device=experiment.base.device,
            dtype=experiment.base.dtype,
            hands=Hands(workers, cluster, cores),
            is_resumed=resume,
            is_strict=strict,
            as_json=as_json,
            uses_store=not no_store,
        )
        carry_out_again(asked, experiment)


def _placed(axis: Axis, first: float | None, last: float | None, points: int) -> Axis:
    """With its points; what is not given is usual."""
    least, most = USUAL_ENDS.get(axis.what, (0.0, 2.0))
    ends = (least if first is None else first, most if last is None else last)
    return Axis(
        what=axis.what, adapter=axis.adapter, block=axis.block, points=evenly(*ends, points)
    )
