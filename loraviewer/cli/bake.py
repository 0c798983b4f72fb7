"""`loraviewer bake`: a stack written for good, what each rank would lose, and the proof."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from loraviewer.adapters.files.baked_outputs import check_baked
from loraviewer.cli.option_words import choice
from loraviewer.cli.shared import (
    Base,
    Force,
    Json,
    Loras,
    MergeRules,
    Strict,
    applied_adapters,
    failing_in_one_line,
    progress,
    progress_lines,
    tell,
    tell_note,
)
from loraviewer.cli.stacks import found_files, opened_stack, required
from loraviewer.core.cancel import CancelToken
from loraviewer.core.exports import COMPARING, Precision
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import absolute_source, checkpoint_path
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.stack import AppliedAdapter

if TYPE_CHECKING:
    from loraviewer.core.engine_port import LoadProgress

Kind = Literal["checkpoint", "adapter"]
Names = Literal["auto", "kohya", "peft"]
Layout = Literal["folder", "file"]
_MOST_PROOFS = 64


@dataclass(frozen=True)
class _Asked:
    base: str
    applied: tuple[AppliedAdapter, ...]
    kind: Kind
    rank: int | None
    names: Names
    rule: MergeRule
    is_strict: bool
    show: "LoadProgress"
    dtype: Precision = "base"


def bake(
    base: Base,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="Needed but with --rank-errors."),
    ] = None,
    lora: Loras = None,
    kind: Annotated[Kind, choice(Kind, "--as")] = "checkpoint",
    rank: Annotated[int | None, typer.Option("--rank", min=1)] = None,
    names: Annotated[Names | None, choice(Names, "--names")] = None,
    dtype: Annotated[
        Precision | None,
        choice(
            Precision, "--dtype", help="Of a checkpoint's numbers; each as in the base by default."
        ),
    ] = None,
    layout: Annotated[
        Layout | None,
        choice(
            Layout,
            "--layout",
            help="Of a checkpoint: a diffusers folder, or one .safetensors file with the names "
            "that A1111 and ComfyUI read; by default what OUT is called.",
        ),
    ] = None,
    merge_rule: MergeRules = None,
    rank_errors: Annotated[
        bool,
        typer.Option("--rank-errors", help="Only say what one adapter file loses at each rank."),
    ] = False,
    parts: Annotated[
        bool,
        typer.Option(
            "--parts", help="Only say what base and adapters tell of their licences; write nothing."
        ),
    ] = False,
    layouts: Annotated[
        bool,
        typer.Option(
            "--layouts", help="Only say in which layouts the base can be written; write nothing."
        ),
    ] = False,
    prove: Annotated[
        int,
        typer.Option(
            "--prove",
            min=0,
            max=_MOST_PROOFS,
            metavar="N",
            help="Load what was written; compare its pictures of N seeds with the stack's.",
        ),
    ] = 0,
    prompt: Annotated[str, typer.Option("--prompt", help="Of the pictures of --prove.")] = "",
    strict: Strict = False,
    force: Force = False,
    as_lines: Annotated[bool, typer.Option("--progress-lines", hidden=True)] = False,
    as_json: Json = False,
) -> None:
    """Write the stack's weights: a whole checkpoint, or all adapters as one."""
    if layouts:
        with failing_in_one_line(for_program=as_lines):
            tell(_layouts(base, as_lines), as_json)
        return
    wanted = required(lora)
    rule = merge_rule or SUM
    is_asking = rank_errors or parts
    _check_usage(
        kind, rank, names, rule, rank_errors=rank_errors, has_output=output is not None or is_asking
    )
    _check_form(kind, dtype, layout, output)
    with failing_in_one_line(for_program=as_lines):
        files = found_files(wanted)
        if output is not None and not is_asking:
            sources = [path for _, path in files]
            check_baked(
                output, kind, checkpoint_path(base), sources, is_forced=force, dtype=dtype or "base"
            )
        show = progress_lines() if as_lines else progress()
        asked = _Asked(
            base,
            applied_adapters(files),
            kind,
            rank,
            names or "auto",
            rule,
            strict,
            show,
            dtype or "base",
        )
        if parts:
            tell(_parts(asked), as_json)
        elif output is None or rank_errors:
            tell(_rank_errors(asked), as_json)
        else:
            told = _baked(asked, output, as_json)
            said = {"said": _data_of(told.get("notes", []))} if as_lines else {}
            tell(told | said | _proven(asked, output, prompt, prove), as_json)


def _check_usage(
    kind: Kind,
    rank: int | None,
    names: Names | None,
    rule: MergeRule,
    *,
    rank_errors: bool,
    has_output: bool,
) -> None:
    options = {"--rank": rank is not None, "--names": names is not None}
    options["--rank-errors"] = rank_errors
    for option, is_given in options.items():
        if is_given and kind != "adapter":
            raise typer.BadParameter(f"{option} only goes with --as adapter.")
    if not has_output:
        raise typer.BadParameter("Missing option '-o' / '--output'.")
    if rule.acts_at_decoding:
        raise typer.BadParameter(f"“{rule.name}” acts while a picture is denoised, not on weights.")


def _check_form(
    kind: Kind, dtype: Precision | None, layout: Layout | None, output: Path | None
) -> None:
    for option, value in {"--dtype": dtype, "--layout": layout}.items():
        if value is not None and kind != "checkpoint":
            raise typer.BadParameter(f"{option} only goes with --as checkpoint.")
    if layout is None or output is None:
        return
    if (layout == "file") != (output.suffix == ".safetensors"):
        wanted = "ending in .safetensors" if layout == "file" else "of a folder"
        raise typer.BadParameter(f"--layout {layout} needs a name {wanted}, not “{output}”.")


def _layouts(base: str, as_lines: bool) -> dict[str, Any]:
    """Of each layout why it cannot be, "" where it can."""
    from loraviewer.engine.rewriting.forms import layout_refusals

    found = layout_refusals(_there(base))
    said = dict(zip(found, _data_of([*found.values()]), strict=True))
    return {"layouts": found} | ({"said": said} if as_lines else {})


def _there(base: str) -> Path:
    path = checkpoint_path(base)
    if not path.exists():
        raise FileError(say("{path}: there is no such file or folder.", path=str(path)))
    return path


def _parts(asked: _Asked) -> dict[str, Any]:
    from loraviewer.adapters.about.part_metadata import parts_told
    from loraviewer.adapters.about.rights import part_notes

    return parts_told(part_notes(asked.base, _there(asked.base), asked.applied))


def _baked(asked: _Asked, output: Path, as_json: bool) -> dict[str, Any]:
    from loraviewer.engine.baking import bake_adapter, bake_checkpoint, parts_of
    from loraviewer.engine.rewriting.forms import form_of

    path, token = checkpoint_path(asked.base), CancelToken()
    is_file = output.suffix == ".safetensors"
    is_checkpoint = asked.kind == "checkpoint"
    form = form_of(path, is_file=is_file, precision=asked.dtype) if is_checkpoint else None
    bench = opened_stack(asked.base, asked.applied, asked.is_strict, asked.show)
    asked.show("writing", 0.0)
    if is_checkpoint:
        told = bake_checkpoint(bench, asked.base, asked.applied, output, token, asked.rule, form)
    else:
        notes = parts_of(asked.base, asked.applied, token)
        told = bake_adapter(
            *(bench, asked.applied, output, asked.rank, asked.names),
            is_strict=asked.is_strict,
            rule=asked.rule,
            parts=notes,
        )
    asked.show("writing", 1.0)
    for note in told.get("notes", []):
        tell_note(f"{note}.")
    for warning in told["warnings"]:
        tell_note(warning)
    adapters = [landing.facts for landing in bench.landings]
    return told | ({"adapters": adapters} if as_json else {})


def _data_of(notes: Sequence[str]) -> list[dict[str, Any] | None]:
    """Of each note what it can be translated by, for another program."""
    return [note.data() if isinstance(note, Sentence) else None for note in notes]


def _rank_errors(asked: _Asked) -> dict[str, Any]:
    from loraviewer.engine.baking import errors_by_rank

    bench = opened_stack(asked.base, asked.applied, asked.is_strict, asked.show)
    ranks = [asked.rank] if asked.rank is not None else []
    found = errors_by_rank(bench, asked.applied, ranks, asked.names, asked.rule)
    errors = {str(rank): error for rank, error in found.errors.items()}
    return {"rank_errors": errors, "exact_rank": found.exact}


def _proven(asked: _Asked, output: Path, prompt: str, count: int) -> dict[str, Any]:
    """Nothing where nobody asked."""
    if not count:
        return {}
    from loraviewer.engine.proving import Exported, proofs

    asked.show(COMPARING, 0.0)
    found = proofs(
        absolute_source(asked.base),
        asked.applied,
        Exported(output.absolute(), asked.kind == "adapter"),
        prompt,
        range(1, count + 1),
        CancelToken(),
        asked.show,
        asked.rule,
    )
    asked.show(COMPARING, 1.0)
    return {"proof": [asdict(proof) for proof in found]}
