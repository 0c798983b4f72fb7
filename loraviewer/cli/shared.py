"""What all commands share: their usual options, and the process's boundary."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loraviewer.cli.option_words import choice
from loraviewer.core.adapter_paths import adapter_name
from loraviewer.core.arguments import AdapterArgument, adapter_tags, parse_adapter, parse_size
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.landing import Landing
from loraviewer.core.merge_rules import RULES, MergeRule, read_rule
from loraviewer.core.outcome import AdapterError, LoraviewerError
from loraviewer.core.request import WordReading
from loraviewer.core.resources import absolute_path
from loraviewer.core.sentences import Sentence
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry

if TYPE_CHECKING:
    from loraviewer.adapters.files.hash_cache import HashCache

_FAILED, _INTERRUPTED = 1, 130


def _adapter(text: str) -> AdapterArgument:
    try:
        return parse_adapter(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _merge_rule(text: str) -> MergeRule:
    try:
        return read_rule(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _size(text: str) -> tuple[int, int]:
    try:
        return parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Base = Annotated[
    str, typer.Option("--base", help="A diffusers folder, a .safetensors file, or demo.")
]
Loras = Annotated[
    list[AdapterArgument] | None,
    typer.Option(
        "--lora",
        parser=_adapter,
        metavar="FILE[:SCALE[:TEXT_SCALE]][@BLOCK=S,…]",
        help="A file, or the folder of one adapter; may be repeated. @IN04=0.5,M00=0: its strength "
        "is multiplied in single blocks.",
    ),
]
Words = Annotated[
    WordReading,
    choice(
        WordReading,
        "--words",
        help="Read (word:1.2), [word] and BREAK with weights and prompts of any length (weighted), "
        "or as letters (plain).",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail where a change of an adapter finds no place.")
]
MergeRules = Annotated[
    MergeRule | None,
    typer.Option(
        "--merge-rule",
        parser=_merge_rule,
        metavar="RULE[:NUMBER]",
        help="How the adapters become one change, as in ties:0.2: "
        f"{', '.join(facts.name for facts in RULES)}.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist already.")]
Components = Annotated[
    str | None,
    typer.Option(
        "--components",
        metavar="FOLDER",
        help="Where text encoders, T5's tokenizer or a VAE lie that a single file lacks "
        "(else LORAVIEWER_COMPONENTS).",
    ),
]
Size = Annotated[Any, typer.Option("--size", parser=_size, metavar="WxH")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def check_words(*texts: str) -> None:
    """Tags of other programs would be read as words, without a change of any weight."""
    for text in texts:
        if tags := adapter_tags(text):
            tag, option = next(iter(tags.items()))
            raise typer.BadParameter(
                f"The prompt holds {tag}, but prompts are only read as words: "
                f"take it out and give {option}."
            )


@contextlib.contextmanager
def failing_in_one_line(*, for_program: bool = False) -> Iterator[None]:
    """The process's boundary: whatever goes wrong becomes one line on stderr and status 1.
    for_program: with a line before it that says the sentence so that it can be translated."""
    try:
        yield
    except typer.Exit:
        raise
    except LoraviewerError as error:
        if for_program:
            _tell_data(error.message)
        _fail(str(error))
    except OSError as error:  # such as a full disk behind the standard output
        _fail(f"{error.filename or 'the output'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        typer.echo("loraviewer: stopped.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except Exception as error:  # noqa: BLE001 - nothing above would turn it into one line
        _fail(f"unexpected {type(error).__name__}: {error}")


def _fail(reason: str) -> None:
    typer.echo(f"loraviewer: {printable(reason)}", err=True)
    raise typer.Exit(_FAILED)


def _tell_data(sentence: str) -> None:
    """For another program: “said {"pattern": …, "values": …}”."""
    if isinstance(sentence, Sentence):
        typer.echo(f"said {json.dumps(sentence.data())}", err=True)


def printable(text: str) -> str:
    """One line of what prints."""
    return visible(" ".join(text.split()))


def visible(line: str) -> str:
    """Without what would move a terminal’s cursor: names in files may hold anything."""
    return "".join(c if c.isprintable() else "�" for c in line)


def progress() -> LoadProgress:
    """A line that rewrites itself on a terminal; nothing where stderr goes to a file."""
    if not sys.stderr.isatty():
        return lambda what, fraction, done_bytes=0, total_bytes=0: None

    def show(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
        end = "\r\033[K" if fraction >= 1.0 else ""
        sys.stderr.write(f"\r\033[K{fraction:4.0%} {what}{end}")
        sys.stderr.flush()

    return show


def progress_lines() -> LoadProgress:
    """A line for each percent on stderr, for another program: “progress 42 what it does”."""
    told: list[tuple[str, int]] = []

    def show(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
        line = (what, int(100 * fraction))
        if told[-1:] != [line]:
            told[:] = [line]
            sys.stderr.write(f"progress {line[1]} {what}\n")
            sys.stderr.flush()

    return show


def applied_adapters(files: list[tuple[AdapterArgument, Path]]) -> tuple[AppliedAdapter, ...]:
    """The same canonical stack that the studio would build."""
    return AdapterStack(entries=_entries(files)).applied()


def applied_in_order(files: list[tuple[AdapterArgument, Path]]) -> tuple[AppliedAdapter, ...]:
    """One for each file as it was given, also at strength 0: for tables with a row for each."""
    return tuple(map(_applied, _entries(files)))


def _applied(entry: StackEntry) -> AppliedAdapter:
    seen = AdapterStack(entries=(entry,)).applied()
    return seen[0] if seen else AppliedAdapter(entry.sha256, 0.0, 0.0, entry.name, entry.path)


def _entries(files: list[tuple[AdapterArgument, Path]]) -> tuple[StackEntry, ...]:
    from loraviewer.adapters.files.hashing import file_sha256

    return tuple(
        StackEntry(
            entry_id=str(i),
            name=adapter_name(path),
            path=absolute_path(str(path)),
            sha256=file_sha256(path),
            scale=argument.scale,
            text_scale=argument.text_scale,
            block_scales=argument.block_scales,
        )
        for i, (argument, path) in enumerate(files)
    )


def tell_landings(landings: Sequence[Landing], is_strict: bool) -> None:
    """Nothing is dropped silently: say on stderr what found no place, and what is uncertain.

    Raises `AdapterError` where everything has to land and something did not.
    """
    for landing in landings:
        if is_strict and not landing.is_complete:
            raise AdapterError(f"{landing.refusal}.")
        for note in landing.notes:
            tell_note(f"{landing.path}: {note}")


def tell_note(sentence: str) -> None:
    """On stderr; what was asked for is done all the same."""
    typer.echo(f"loraviewer: note: {printable(sentence)}", err=True)


def hash_cache() -> "HashCache":
    """Of files that were hashed once."""
    import platformdirs

    from loraviewer.adapters.files.hash_cache import HashCache

    return HashCache(platformdirs.user_cache_path("loraviewer", appauthor=False) / "hashes.sqlite")


def tell(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        typer.echo(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")
