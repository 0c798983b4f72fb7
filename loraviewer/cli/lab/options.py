"""The options that all experiments of pictures share, and how a command gets them.

A command says its own options and which experiment they ask for; the rest is here, once.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from loraviewer.cli.lab.runs import Asked, Hands, carry_out
from loraviewer.cli.option_words import choice
from loraviewer.cli.shared import Base, Json, Loras, Strict, Words, check_words, failing_in_one_line
from loraviewer.cli.stacks import required
from loraviewer.core.arguments import AdapterArgument, parse_size
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.ranges import read_seeds
from loraviewer.core.picture_measures import MEASURES, SEEN, may_be_measured
from loraviewer.core.request import (
    SAMPLERS,
    CheckpointRef,
    DtypeName,
    GenerationRequest,
    Sampling,
)
from loraviewer.core.stack import AppliedAdapter

_Value = TypeVar("_Value")


def parser(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """What cannot be read is wrong usage."""

    def parse(text: str) -> _Value:
        try:
            return read(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return parse


def words(known: Sequence[str], is_known: Callable[[str], bool] | None = None) -> Callable:
    """A parser of several of these between commas, each once. is_known: where there are more."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
        for word in found:
            if not (is_known(word) if is_known else word in known):
                raise ValueError(f"“{word}” is none of {', '.join(known)}.")
        return found

    return parser(read)


_NAMES = (*(measure.name for measure in MEASURES), "share-ANSWER", *SEEN)

Output = Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER")]
Prompts = Annotated[
    list[str] | None,
    typer.Option("--prompt", help="May be repeated; eight or more carry a claim."),
]
Seeds = Annotated[
    Any,
    typer.Option(
        "--seeds", parser=parser(read_seeds), metavar="N|A-B", help="The seeds 1 to N, or A to B."
    ),
]
Measures = Annotated[
    Any,
    typer.Option(
        "--measure",
        parser=words(_NAMES, may_be_measured),
        metavar="NAME,…",
        help=f"Of {', '.join(_NAMES)}.",
    ),
]
Encoder = Annotated[
    Path | None,
    typer.Option(
        "--encoder",
        metavar="FOLDER",
        help="A network of your own that sees pictures (CLIP, SigLIP, DINO, as transformers writes "
        "it), for drift-encoder, vendi-encoder and pairwise-encoder.",
    ),
]
Negative = Annotated[str, typer.Option("--negative", help="What all pictures are to lack.")]
Steps = Annotated[int | None, typer.Option("--steps", min=1, max=1000)]
Guidance = Annotated[float | None, typer.Option("--guidance")]
Sampler = Annotated[str | None, typer.Option("--sampler", help=", ".join(SAMPLERS))]
Size = Annotated[Any, typer.Option("--size", parser=parser(parse_size), metavar="WxH")]
Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda or mps.")]
Dtype = Annotated[DtypeName | None, choice(DtypeName, "--dtype")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=256,
        help="Processes that make pictures, each on one thread and with the base in its own "
        "memory. The results are the same for any number.",
    ),
]
Cluster = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="local|ADDRESS",
        help="A Ray cluster makes the pictures: one of its own on this computer, or the one at "
        "HOST:PORT. The results are the same. Needs loraviewer[cluster].",
    ),
]
Cores = Annotated[
    int,
    typer.Option(
        "--cores",
        min=1,
        max=1024,
        help="Of the CPU, for each worker of a cluster; pictures of more than one say so.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the experiment that lies in the folder.")
]
NoStore = Annotated[
    bool,
    typer.Option(
        "--no-store",
        help="Make all pictures, and leave the studio's picture store alone. Without it, pictures "
        "that lie there are taken from it, and new ones are kept there.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Common:
    """What all experiments take, as options said it; each field is one."""

    base: Base
    output: Output
    lora: Loras = None
    prompt: Prompts = None
    seeds: Seeds = "4"
    measure: Measures = None
    encoder: Encoder = None
    negative: Negative = ""
    words: Words = "weighted"
    steps: Steps = None
    guidance: Guidance = None
    sampler: Sampler = None
    size: Size = None
    device: Device = None
    dtype: Dtype = None
    workers: Workers = None
    cluster: Cluster = ""
    cores: Cores = 1
    resume: Resume = False
    no_store: NoStore = False
    strict: Strict = False
    as_json: Json = False

    def draft(self, kind: Kind, **own: Any) -> Experiment:
        """As far as options go: neither the checkpoint nor an adapter is read yet. Wrong usage
        where there is no prompt or no adapter."""
        sampling = Sampling(**self.sampling)
        return Experiment(
            kind=kind,
            base=GenerationRequest(checkpoint=CheckpointRef(self.base), sampling=sampling),
            adapters=_unread(required(self.lora)),
            prompts=_prompts(self.prompt, self.negative),
            seeds=self.seeds,
            measures=self.measure or (),
            encoder=str(self.encoder.absolute()) if self.encoder else "",
            **own,
        )

    @property
    def adapters(self) -> int:
        """How many are given."""
        return len(self.lora or ())

    @property
    def sampling(self) -> dict[str, Any]:
        """The fields of `Sampling` that were given; the checkpoint knows the others."""
        width, height = self.size or (None, None)
        values = {
            "negative_prompt": self.negative,
            "words": self.words,
            "steps": self.steps,
            "guidance_scale": self.guidance,
            "sampler": self.sampler,
            "width": width,
            "height": height,
        }
        return {name: value for name, value in values.items() if value is not None}

    @property
    def asked(self) -> Asked:
        return Asked(
            base=self.base,
            lora=self.lora or [],
            output=self.output,
            device=self.device,
            dtype=self.dtype,
            hands=Hands(self.workers, self.cluster, self.cores),
            is_resumed=self.resume,
            is_strict=self.strict,
            as_json=self.as_json,
            uses_store=not self.no_store,
        )


def experiment_command(build: Callable[..., Experiment]) -> Callable[..., None]:
    """The command whose options are those that `build` takes by name, and all of `Common`, which
    `build` takes first. It carries out what `build` returns; its help is `build`'s."""

    @functools.wraps(build, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def command(**given: Any) -> None:
        common = Common(**{field.name: given.pop(field.name) for field in fields(Common)})
        draft = build(common, **given)
        check(draft)
        with failing_in_one_line():
            carry_out(common.asked, draft, common.sampling)

    _, *own = inspect.signature(build).parameters.values()
    options = [*_common_options(), *(one.replace(kind=_BY_NAME) for one in own)]
    del command.__wrapped__  # typer would ask it for its types
    command.__dict__["__signature__"] = inspect.Signature(options)
    command.__annotations__ = {one.name: one.annotation for one in options}
    return command


_BY_NAME = inspect.Parameter.KEYWORD_ONLY


def _common_options() -> list[inspect.Parameter]:
    types = get_type_hints(Common, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            _BY_NAME,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=types[field.name],
        )
        for field in fields(Common)
    ]


def check(draft: Experiment) -> None:
    """Before anything is opened: what makes no experiment is wrong usage."""
    if problem := draft.problem() or draft.base.sampling.problem():
        raise typer.BadParameter(problem)


def _unread(lora: list[AdapterArgument]) -> tuple[AppliedAdapter, ...]:
    """As many as will be found."""
    return tuple(AppliedAdapter("", one.scale, one.scale, one.file) for one in lora)


def _prompts(prompt: list[str] | None, negative: str) -> tuple[str, ...]:
    check_words(*(prompt or []), negative)
    if not prompt:
        raise typer.BadParameter("Give at least one --prompt.")
    return tuple(prompt)
