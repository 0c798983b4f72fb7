"""CLAIMS.md: every claim, what was done, what came of it, and how to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from loraviewer.core.experiments.claim_results import Finding, Findings
from loraviewer.core.experiments.claims import CLAIMS, CROWD, Claim
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.numbers import short_number

HUNDREDS, PLOT = "hundreds", "hundreds.png"
"""The claim that has a curve, and its file beside the page."""

_HEAD = """\
# What people say about stacks of LoRAs, and what the demo shows

Each claim has an experiment on the bundled demo, a Stable Diffusion of 11 million weights for
128×128 pictures. What holds here need not hold for a model a hundred times as large; every
experiment runs on any base, from the studio (Lab ▸ Claims) or with `loraviewer lab`.

Numbers in brackets are 95 % intervals by the bootstrap over prompts; of who wears red, in the
sentences, Wilson's over the seeds, which decide that nearly whatever the prompt. A *spread* is how
much the base's own pictures of one prompt differ from seed to seed: a change of one spread is what
another seed does. Random twins have the same singular values in every weight and nothing learnt.
"""


def claims_page(findings: Findings, tables: Mapping[str, Sequence[Mean]]) -> str:
    """tables: by claim, the means to show; none for a claim without pictures."""
    parts = [_HEAD]
    for claim in CLAIMS:
        finding = findings.of(claim.name)
        if finding is not None:
            parts.append("\n".join(_section(claim, finding, tables.get(claim.name, ()))))
    parts.append(_foot(findings))
    return "\n".join(parts)


def _section(claim: Claim, finding: Finding, means: Sequence[Mean]) -> Iterator[str]:
    yield f"## {claim.title}\n"
    yield f"> {claim.said}\n"
    yield f"**{finding.headline}** {' '.join(finding.sentences)}\n"
    yield f"*Another conclusion would need:* {finding.overturned_by}\n"
    if size := finding.size:
        yield f"*Stands on:* {size}; {_stack(claim)}.\n"
    if means and claim.name == HUNDREDS:
        yield f"![{claim.title}: what is left of the prompt, by how many are on]({PLOT})\n"
    if means:
        yield from _table(means)
    yield f"Again: `loraviewer lab claims {claim.name} -o FOLDER`\n"


def _stack(claim: Claim) -> str:
    names = ["the crowd" if name == CROWD else name for name in claim.adapters]
    orders = claim.draft.orders if claim.draft and claim.draft.kind in ("ladder", "return") else 0
    drawn = f" in {orders} random order{'' if orders == 1 else 's'}" if orders else ""
    return f"adapters{drawn}: {', '.join(names)}"


def _table(means: Sequence[Mean]) -> Iterator[str]:
    """A line for each place of each curve, a column for each measure."""
    measures = list(dict.fromkeys(mean.measure for mean in means))
    places: dict[tuple[str, ...], dict[str, Mean]] = {}
    for mean in means:
        places.setdefault(_place(mean), {})[mean.measure] = mean
    yield "| " + " | ".join(["where", *(_heading(name, means) for name in measures)]) + " |"
    yield "|---" * (len(measures) + 1) + "|"
    for place, found in places.items():
        cells = [_cell(found[name]) if name in found else "" for name in measures]
        yield "| " + " | ".join([" ".join(filter(None, place)), *cells]) + " |"
    yield ""


def _place(mean: Mean) -> tuple[str, ...]:
    depth = f"depth {mean.depth}" if mean.depth else ""
    return mean.arm, mean.policy, f"at {mean.at}" if mean.at else depth


def _heading(name: str, means: Sequence[Mean]) -> str:
    unit = next(mean.unit for mean in means if mean.measure == name)
    return f"{name} [{unit}]" if unit else name


def _cell(mean: Mean) -> str:
    value = short_number(mean.mean, 3)
    if mean.low is None or mean.high is None:
        return value
    return f"{value} ({short_number(mean.low, 3)} … {short_number(mean.high, 3)})"


def _foot(findings: Findings) -> str:
    made_by = ", ".join(f"{name} {version}" for name, version in findings.made_by.items())
    return f"Made by {made_by}, on one thread in float32.\n"
