"""`loraviewer lab ladder`, `sweep`, `ablate` and `run`: experiments of pictures, into a folder."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import typer

from loraviewer.cli_experiment_runs import Asked, carry_out, carry_out_again
from loraviewer.cli_shared import Base, Json, Loras, Strict, check_words, failing_in_one_line
from loraviewer.cli_stacks import required
from loraviewer.core.arguments import AdapterArgument, parse_size
from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.description import Arm, Experiment, Policy, read_description
from loraviewer.core.experiments.ranges import read_numbers, read_seeds, usual_depths
from loraviewer.core.experiments.sweep import evenly
from loraviewer.core.picture_measures import MEASURES
from loraviewer.core.request import (
    SAMPLERS,
    CheckpointRef,
    DtypeName,
    GenerationRequest,
    Sampling,
)
from loraviewer.core.stack import AppliedAdapter

_Value = TypeVar("_Value")
_NAMES = tuple(measure.name for measure in MEASURES)


def _parser(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """What cannot be read is wrong usage."""

    def parse(text: str) -> _Value:
        try:
            return read(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return parse


def _words(known: Sequence[str]) -> Callable[[str], Any]:
    """A reader of several of these between commas, each once."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
        for word in found:
            if word not in known:
                raise ValueError(f"“{word}” is none of {', '.join(known)}.")
        return found

    return _parser(read)


_Output = Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER")]
_Prompts = Annotated[
    list[str] | None,
    typer.Option("--prompt", help="May be repeated; eight or more carry a claim."),
]
_Seeds = Annotated[
    Any,
    typer.Option(
        "--seeds", parser=_parser(read_seeds), metavar="N|A-B", help="The seeds 1 to N, or A to B."
    ),
]
_Measures = Annotated[
    Any,
    typer.Option(
        "--measure", parser=_words(_NAMES), metavar="NAME,…", help=f"Of {', '.join(_NAMES)}."
    ),
]
_Negative = Annotated[str, typer.Option("--negative")]
_Steps = Annotated[int | None, typer.Option("--steps", min=1, max=1000)]
_Guidance = Annotated[float | None, typer.Option("--guidance")]
_Sampler = Annotated[str | None, typer.Option("--sampler", help=", ".join(SAMPLERS))]
_Size = Annotated[Any, typer.Option("--size", parser=_parser(parse_size), metavar="WxH")]
_Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda or mps.")]
_Dtype = Annotated[DtypeName | None, typer.Option("--dtype")]
_Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=256,
        help="Processes that make pictures, each on one thread and with the base in its own "
        "memory. The results are the same for any number.",
    ),
]
_Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the experiment that lies in the folder.")
]


def ladder(
    base: Base,
    output: _Output,
    lora: Loras = None,
    prompt: _Prompts = None,
    seeds: _Seeds = "4",
    depths: Annotated[
        Any,
        typer.Option(
            "--depths",
            parser=_parser(read_numbers),
            metavar="1,2,4|1-8",
            help="How many adapters at once; 0, the base, is always there. 1, 2, 4 … all of them.",
        ),
    ] = None,
    policy: Annotated[
        Any,
        typer.Option(
            "--policy",
            parser=_words(get_args(Policy)),
            metavar="one,mean,sqrt",
            help="By what strengths of N adapters are multiplied: 1, 1/N, 1/√N.",
        ),
    ] = "one",
    orders: Annotated[
        int, typer.Option("--orders", min=1, max=1000, help="Random orders of the adapters.")
    ] = 2,
    arms: Annotated[
        Any,
        typer.Option(
            "--arms",
            parser=_words(get_args(Arm)),
            metavar="real,random,copies",
            help="The adapters, random ones of the same singular values, copies of one.",
        ),
    ] = "real,random",
    measure: _Measures = None,
    negative: _Negative = "",
    steps: _Steps = None,
    guidance: _Guidance = None,
    sampler: _Sampler = None,
    size: _Size = None,
    device: _Device = None,
    dtype: _Dtype = None,
    workers: _Workers = None,
    resume: _Resume = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """What happens to pictures as a stack gets deeper."""
    sampling = _sampling(negative, steps, guidance, sampler, size)
    draft = Experiment(
        kind="ladder",
        base=_unsettled(base, sampling),
        adapters=_unread(required(lora)),
        prompts=_prompts(prompt, negative),
        seeds=seeds,
        measures=measure or (),
        depths=tuple(sorted({*(depths or usual_depths(len(lora or [])))} - {0})),
        policies=policy,
        orders=orders,
        arms=arms,
    )
    _check(draft)
    asked = Asked(base, lora or [], output, device, dtype, workers, resume, strict, as_json)
    with failing_in_one_line():
        carry_out(asked, draft, sampling)


def sweep(
    base: Base,
    output: _Output,
    lora: Loras = None,
    prompt: _Prompts = None,
    seeds: _Seeds = "4",
    first: Annotated[
        float, typer.Option("--from", min=-100, max=100, help="By what all strengths …")
    ] = 0.0,
    last: Annotated[float, typer.Option("--to", min=-100, max=100, help="… are multiplied.")] = 2.0,
    points: Annotated[int, typer.Option("--points", min=1, max=1000)] = 9,
    measure: _Measures = None,
    negative: _Negative = "",
    steps: _Steps = None,
    guidance: _Guidance = None,
    sampler: _Sampler = None,
    size: _Size = None,
    device: _Device = None,
    dtype: _Dtype = None,
    workers: _Workers = None,
    resume: _Resume = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """What happens to pictures as all strengths of a stack grow together."""
    sampling = _sampling(negative, steps, guidance, sampler, size)
    draft = Experiment(
        kind="sweep",
        base=_unsettled(base, sampling),
        adapters=_unread(required(lora)),
        prompts=_prompts(prompt, negative),
        seeds=seeds,
        measures=measure or (),
        axes=(Axis(points=evenly(first, last, points)),),
    )
    _check(draft)
    asked = Asked(base, lora or [], output, device, dtype, workers, resume, strict, as_json)
    with failing_in_one_line():
        carry_out(asked, draft, sampling)


def ablate(
    base: Base,
    output: _Output,
    lora: Loras = None,
    prompt: _Prompts = None,
    seeds: _Seeds = "4",
    measure: _Measures = None,
    negative: _Negative = "",
    steps: _Steps = None,
    guidance: _Guidance = None,
    sampler: _Sampler = None,
    size: _Size = None,
    device: _Device = None,
    dtype: _Dtype = None,
    workers: _Workers = None,
    resume: _Resume = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Which adapter does what: all, each alone, all but each, and what they do only together."""
    sampling = _sampling(negative, steps, guidance, sampler, size)
    draft = Experiment(
        kind="ablation",
        base=_unsettled(base, sampling),
        adapters=_unread(required(lora)),
        prompts=_prompts(prompt, negative),
        seeds=seeds,
        measures=measure or (),
    )
    _check(draft)
    asked = Asked(base, lora or [], output, device, dtype, workers, resume, strict, as_json)
    with failing_in_one_line():
        carry_out(asked, draft, sampling)


def run(
    description: Annotated[Path, typer.Argument(metavar="DESCRIPTION.json")],
    output: _Output,
    workers: _Workers = None,
    resume: _Resume = False,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """An experiment again, as the description in its folder says it."""
    with failing_in_one_line():
        experiment = read_description(description)
        base = experiment.base
        asked = Asked(
            base.checkpoint.path,
            [],
            output,
            base.device,
            base.dtype,
            workers,
            resume,
            strict,
            as_json,
        )
        carry_out_again(asked, experiment)


def _unsettled(base: str, sampling: Mapping[str, Any]) -> GenerationRequest:
    """As far as options go: the checkpoint is not loaded yet."""
    return GenerationRequest(checkpoint=CheckpointRef(base), sampling=Sampling(**sampling))


def _unread(lora: list[AdapterArgument]) -> tuple[AppliedAdapter, ...]:
    """As many as will be found."""
    return tuple(AppliedAdapter("", one.scale, one.scale, one.file) for one in lora)


def _check(draft: Experiment) -> None:
    """Before anything is opened: what makes no experiment is wrong usage."""
    if problem := draft.problem() or draft.base.sampling.problem():
        raise typer.BadParameter(problem)


def _prompts(prompt: list[str] | None, negative: str) -> tuple[str, ...]:
    check_words(*(prompt or []), negative)
    if not prompt:
        raise typer.BadParameter("Give at least one --prompt.")
    return tuple(prompt)


def _sampling(
    negative: str,
    steps: int | None,
    guidance: float | None,
    sampler: str | None,
    size: tuple[int, int] | None,
) -> dict[str, Any]:
    """The fields of `Sampling` that were given; the checkpoint knows the others."""
    width, height = size or (None, None)
    values = {
        "negative_prompt": negative,
        "steps": steps,
        "guidance_scale": guidance,
        "sampler": sampler,
        "width": width,
        "height": height,
    }
    return {name: value for name, value in values.items() if value is not None}
