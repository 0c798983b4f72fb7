"""`loraviewer lab claims`: what people say about stacks of LoRAs, tried on the demo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loraviewer.cli.lab.options import NoStore, Output, Resume, Workers
from loraviewer.cli.lab.runs import Asked, Hands, carried_out
from loraviewer.cli.shared import Json, applied_in_order, failing_in_one_line, tell_note
from loraviewer.cli.stacks import found_files
from loraviewer.core.arguments import AdapterArgument
from loraviewer.core.atomic import new_file
from loraviewer.core.experiments.claim_results import Finding, Findings, encoded
from loraviewer.core.experiments.claims import CLAIMS, CROWD, STYLES, Claim, claim
from loraviewer.core.infotext import installed_versions
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import DEMO, demo_crowd

if TYPE_CHECKING:
    from loraviewer.core.experiments.numbers import Mean

PAGE, FINDINGS = "CLAIMS.md", "claims.json"


@dataclass(frozen=True)
class _Session:
    """What all claims of one command share."""

    output: Path
    workers: int | None
    is_resumed: bool
    uses_store: bool


def claims(
    output: Output,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help=f"Of {', '.join(c.name for c in CLAIMS)}; or all."),
    ] = None,
    workers: Workers = None,
    resume: Resume = False,
    no_store: NoStore = False,
    as_json: Json = False,
) -> None:
    """What people say about stacks of LoRAs, tried on the demo: a page of verdicts with numbers."""
    wanted = [_claim(name) for name in names or [one.name for one in CLAIMS]]
    with failing_in_one_line():
        session = _Session(output, workers, resume, not no_store)
        _prepare(session)
        found: list[Finding] = []
        tables: dict[str, Sequence[Mean]] = {}
        for one in wanted:
            tell_note(one.title)
            finding, means = _found(session, one)
            found.append(finding)
            tables[one.name] = means
        findings = Findings(made_by=installed_versions(), findings=tuple(found))
        _write(output, findings, tables)
        typer.echo(encoded(findings).decode() if as_json else "\n".join(_lines(findings)))


def _claim(name: str) -> Claim:
    try:
        return claim(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _prepare(session: _Session) -> None:
    """Before anything is made; each claim's folder is checked by its own run, too."""
    output = session.output
    if output.exists() and not output.is_dir():
        raise FileError(f"{output}: this is a file; give a folder.")
    if output.exists() and any(output.iterdir()) and not session.is_resumed:
        raise FileError(
            f"“{output}” is not empty; give --resume to go on with the claims in it, or choose "
            "another folder."
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"“{output}” cannot be made: {error.strerror or error}.") from error


def _found(session: _Session, one: Claim) -> "tuple[Finding, Sequence[Mean]]":
    if one.draft is None:
        return _without_pictures(one), ()
    from loraviewer.lab.claims.conclusions import concluded

    asked = Asked(
        base=DEMO,
        lora=list(_adapters(session, one)),
        output=session.output / one.name,
        device="cpu",
        dtype="float32",
        hands=Hands(session.workers),
        is_resumed=session.is_resumed,
        is_strict=False,
        as_json=False,
        uses_store=session.uses_store,
    )
    # No prompt of theirs weighs a word: read plainly, pictures that were made before stay theirs.
    carried = carried_out(asked, one.draft, {"words": "plain"})
    means = carried.outcome.means
    return concluded(one.name, carried.experiment, means), means


def _without_pictures(one: Claim) -> Finding:
    from loraviewer.cli.lab.claim_findings import found_without_pictures

    files = found_files([AdapterArgument(name) for name in STYLES])
    return found_without_pictures(DEMO, applied_in_order(files))[one.name]()


def _adapters(session: _Session, one: Claim) -> Iterator[AdapterArgument]:
    assert one.draft is not None
    for adapter in one.draft.adapters:
        files = _crowd(session) if adapter.name == CROWD else [adapter.name]
        for file in files:
            yield AdapterArgument(str(file), adapter.scale, adapter.text_scale)


def _crowd(session: _Session) -> list[Path]:
    from loraviewer.lab.crowd import Crowd

    return Crowd.open(demo_crowd()).unfold(session.output / CROWD)


def _write(output: Path, findings: Findings, tables: "dict[str, Sequence[Mean]]") -> None:
    from loraviewer.lab.claims.page import HUNDREDS, PLOT, claims_page

    contents = {PAGE: claims_page(findings, tables).encode(), FINDINGS: encoded(findings)}
    if HUNDREDS in tables:
        contents[PLOT] = _curve(tables[HUNDREDS])
    for name, content in contents.items():
        with new_file(output / name) as file:
            file.write_bytes(content)


def _curve(means: "Sequence[Mean]") -> bytes:
    from loraviewer.lab.claims.depth_plot import depth_plot

    content = BytesIO()
    title = "What is left of the prompt: the judge's probability of what it names"
    depth_plot(title, "N, from one to hundreds", means, "fidelity").save(content, "PNG")
    return content.getvalue()


def _lines(findings: Findings) -> Iterator[str]:
    for finding in findings.findings:
        yield f"{claim(finding.name).title}: {finding.headline}"
        yield from (f"  {sentence}" for sentence in finding.sentences)
