"""The command line: `render` and `inspect`; `verify`, `bake`, `library` and `lab` have modules of
their own.

Torch is only imported once a command runs.
"""

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from loraviewer import __version__
from loraviewer.cli import bake, library
from loraviewer.cli import inspect as inspecting
from loraviewer.cli import verify as verifying
from loraviewer.cli.lab import commands as lab
from loraviewer.cli.option_words import choice
from loraviewer.cli.plan import Quantised
from loraviewer.cli.rendering import (
    landings_of,
    render_all,
    save_rendered,
    start_engine,
    tell_rendered,
)
from loraviewer.cli.shared import (
    Base,
    Components,
    Force,
    Json,
    Loras,
    MergeRules,
    Size,
    Strict,
    Words,
    applied_adapters,
    check_words,
    failing_in_one_line,
    hash_cache,
    tell_landings,
    tell_note,
)
from loraviewer.cli.stacks import found_files
from loraviewer.cli.variants import (
    Variants,
    WildcardsFolder,
    asked_wildcards,
    check_variants,
    unasked_choices,
)
from loraviewer.core.arguments import (
    numbered,
)
from loraviewer.core.base_weights_policy import AskedPolicy, MemoryWishes
from loraviewer.core.merge_rules import SUM
from loraviewer.core.outputs import check_output
from loraviewer.core.prediction import ZERO_SNR_ADVICE, Prediction, PredictionType
from loraviewer.core.request import (
    MAX_SEED,
    SAMPLERS,
    AskedMergeMode,
    DtypeName,
    Sampling,
    WordReading,
)
from loraviewer.core.resources import (
    checkpoint_path,
)

_HELP = """Stack, weight and compare diffusion adapters live.

`loraviewer [PATH ...]` opens the studio; PATH is a checkpoint, an adapter, a folder
of either, or a session. Without one, what was open last comes back.
"""

app = typer.Typer(
    help=_HELP,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(lab.app, name="lab")
app.add_typer(library.app, name="library")


def run(arguments: list[str]) -> int:
    """Run one command. Exit status: 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        app(arguments, prog_name="loraviewer")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"loraviewer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    pass


_MergeMode = Annotated[
    AskedMergeMode,
    choice(
        AskedMergeMode, "--merge-mode", help="Adapters in the weights, or computed beside them."
    ),
]
_Prediction = Annotated[
    PredictionType | None,
    choice(
        PredictionType,
        "--prediction",
        help="What the base predicts, where its file and a .yaml beside it do not tell.",
    ),
]
_ZeroSnr = Annotated[
    bool | None,
    typer.Option(
        "--zero-snr/--no-zero-snr",
        help="Whether it was trained down to noise alone (only with v_prediction).",
    ),
]
_Compiles = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile the denoiser first: minutes, once for each base, size and precision.",
    ),
]
_Originals = Annotated[
    AskedPolicy,
    choice(
        AskedPolicy,
        "--originals",
        help="Where base weights are kept while adapters are merged: beside the others, pinned in "
        "main memory, or read from the file again (lean).",
    ),
]


@app.command()
def render(
    base: Base,
    prompt: Annotated[str, typer.Option("--prompt")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.png")],
    lora: Loras = None,
    negative: Annotated[str, typer.Option("--negative")] = "",
    words: Words = "weighted",
    seed: Annotated[int, typer.Option("--seed", min=0, max=MAX_SEED)] = 7,
    count: Annotated[int, typer.Option("--count", min=1, max=10_000, help="How many seeds.")] = 1,
    steps: Annotated[int | None, typer.Option("--steps", min=1, max=1000)] = None,
    guidance: Annotated[float | None, typer.Option("--guidance")] = None,
    sampler: Annotated[str | None, typer.Option("--sampler", help=", ".join(SAMPLERS))] = None,
    size: Size = None,
    prediction: _Prediction = None,
    zero_snr: _ZeroSnr = None,
    device: Annotated[str | None, typer.Option("--device", help="cpu, cuda or mps.")] = None,
    dtype: Annotated[DtypeName | None, choice(DtypeName, "--dtype")] = None,
    merge_mode: _MergeMode = "auto",
    merge_rule: MergeRules = None,
    variants: Variants = False,
    wildcards: WildcardsFolder = None,
    components: Components = None,
    originals: _Originals = "auto",
    quantised: Quantised = "auto",
    compiles: _Compiles = False,
    strict: Strict = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Render pictures of a checkpoint with adapters, as the studio would."""
    values = _sampling(prompt, negative, words, seed, steps, guidance, sampler, size)
    asked = _prediction(prediction, zero_snr)
    check_words(prompt, negative)
    check_variants(variants, wildcards)
    last: dict[str, Any] = values | {"seed": seed + count - 1}
    _check_usage(Sampling(**last), output)
    with failing_in_one_line():
        cards = asked_wildcards(variants, wildcards, [prompt], range(seed, seed + count))
        if told := unasked_choices([prompt], variants):
            tell_note(told)
        files, outputs = found_files(lora or []), numbered(output, count)
        _check_pictures(outputs, base, [path for _, path in files], force)
        memory = MemoryWishes(policy=originals)
        places = (base, device, dtype, components, memory, merge_mode, quantised)
        engine = start_engine(*places, compiles=compiles)
        applied = applied_adapters(files)
        landings = landings_of(engine, applied)
        tell_landings(landings, strict)
        wishes = (values, count, asked, merge_rule or SUM, cards)
        rendered = render_all(engine, applied, *wishes, compiles=compiles)
        pictures = save_rendered(dict(zip(outputs, rendered, strict=True)), hash_cache())
        tell_rendered(pictures, landings, engine.checkpoint, as_json)


def _sampling(
    prompt: str,
    negative: str,
    words: WordReading,
    seed: int,
    steps: int | None,
    guidance: float | None,
    sampler: str | None,
    size: tuple[int, int] | None,
) -> dict[str, Any]:
    """The fields of `Sampling` that were given; the checkpoint knows the others."""
    width, height = size or (None, None)
    values = {
        "prompt": prompt,
        "negative_prompt": negative,
        "words": words,
        "seed": seed,
        "steps": steps,
        "guidance_scale": guidance,
        "sampler": sampler,
        "width": width,
        "height": height,
    }
    return {name: value for name, value in values.items() if value is not None}


def _prediction(prediction: PredictionType | None, zero_snr: bool | None) -> Prediction:
    """What no checkpoint can meet is wrong usage."""
    asked = Prediction(prediction or "", zero_snr)
    if asked.contradicts_itself:
        raise typer.BadParameter(ZERO_SNR_ADVICE)
    return asked


def _check_pictures(outputs: list[Path], base: str, adapters: list[Path], is_forced: bool) -> None:
    """Before anything is loaded: whether each of them can and may be written."""
    from loraviewer.pictures.png import is_saved_picture

    sources = [checkpoint_path(base), *adapters]
    for path in outputs:
        check_output(path, sources, is_forced=is_forced, is_ours=is_saved_picture)


app.command()(inspecting.inspect)
app.command()(bake.bake)


@app.command()
def verify(
    image: Annotated[Path, typer.Argument(help="A picture that loraviewer saved.")],
    as_json: Json = False,
) -> None:
    """Make a saved picture again from its record, and say whether it is the same."""
    verifying.verify(image, hash_cache(), as_json=as_json)


def _check_usage(sampling: Sampling, output: Path) -> None:
    problem = sampling.problem()
    if problem:
        raise typer.BadParameter(problem)
    if output.suffix.lower() != ".png":
        raise typer.BadParameter(f"“{output}” must end in .png.")
