"""What `loraviewer lab weights` found, as one self-contained HTML page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from loraviewer.core.blocks import BlockScales, block_of
from loraviewer.core.collisions import Collision
from loraviewer.core.weight_numbers import BEYOND_CHANCE, Meeting
from loraviewer.lab.reports.collision_words import collision_sentences, signed
from loraviewer.lab.reports.heat_map import cosine_matrix, heat_map
from loraviewer.lab.reports.html_text import (
    cells,
    heads,
    minus,
    number,
    percent,
    safe,
    shortened,
    table,
)
from loraviewer.lab.reports.module_table import module_table
from loraviewer.lab.reports.page import page
from loraviewer.lab.reports.provenance import Provenance
from loraviewer.lab.reports.spectra_plot import Curve, legend, spectra_plot
from loraviewer.lab.reports.weights_words import STACK_MEANINGS, summary
from loraviewer.lab.weights.geometry import cosines, whole_nulls
from loraviewer.lab.weights.module_report import MeasuredModule
from loraviewer.lab.weights.report import MeasuredStack, stack_facts

_STACK_HEADS = (
    '<th scope="col" class="text">number</th><th scope="col">value</th>'
    '<th scope="col" class="text">what it says</th>'
)
_MOST_PLOTS, _MOST_TABLES, _MOST_MEETINGS, _MOST_LETTERS = 6, 8, 8, 40
_BLOCK_ORDER = ("TE", "TIME", "IN", "D", "S", "L", "B", "M", "OUT", "END")


@dataclass(frozen=True, eq=False)
class WeightsReport:
    """All that the page shows. `landings`: as `--json` has them, one for each adapter."""

    stack: MeasuredStack
    modules: Sequence[MeasuredModule]
    landings: Sequence[dict[str, Any]]
    provenance: Provenance

    @cached_property
    def facts(self) -> dict[str, Any]:
        return stack_facts(self.stack)

    @cached_property
    def names(self) -> list[str]:
        """Of the adapters, none too long for a table; told apart where two are called alike."""
        plain = [shortened(entry.name, _MOST_LETTERS) for entry in self.stack.applied]
        counts, seen = Counter(plain), Counter[str]()
        found: list[str] = []
        for name in plain:
            seen[name] += 1
            found.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
        return found

    @property
    def has_base(self) -> bool:
        return self.stack.read_base is not None


def weights_page(report: WeightsReport) -> str:
    """HTML that needs no other file and no network; whatever names hold, they are only text."""
    first, others = report.names[:4], len(report.names) - 4
    more = f" and {others} more" if others > 0 else ""
    title = f"Weights of {', '.join(first)}{more}"
    sections = (
        f"<h1>{safe(title)}</h1>",
        _summary(report),
        _section("Adapters", _adapters(report)),
        _section("The stack", _stack(report.facts["stack"])),
        _section("Where each adapter works", _heat_map(report)),
        _section("Which adapters point alike", _cosines(report)),
        _section("Where they meet", _collisions(report)),
        _section("Spectra of the modules that change most", _spectra(report)),
        _section("All modules", module_table(report.modules, report.names)),
        _section("How this was made", _provenance(report.provenance)),
    )
    return page(title, "\n".join(filter(None, sections)))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{safe(title)}</h2>{body}</section>" if body else ""


def _summary(report: WeightsReport) -> str:
    told = summary(report.facts, report.names, report.stack.collisions, report.landings)
    return f'<p class="summary">{safe(" ".join(told))}</p>'


def _adapters(report: WeightsReport) -> str:
    landings = {one["sha256"]: one for one in report.landings}
    rows = [
        _adapter(name, one, landings.get(one["sha256"]), applied.block_scales)
        for name, one, applied in zip(
            report.names, report.facts["adapters"], report.stack.applied, strict=True
        )
    ]
    head = heads(
        *("adapter", "strength", "modules", "landed", "energy that landed", "‖ΔW‖ at 1"),
        *("‖ΔW‖ here", "of ‖W₀‖", "share", "leave-one-out"),
    )
    notes = [
        f'<li class="warn">{safe(one["name"])}: {safe(note)}</li>'
        for one in report.landings
        for note in one["notes"]
    ]
    explained = (
        "Behind @: by what the strength is multiplied in single blocks. "
        "Landed: modules of the file that fit this base. Share: the part of the stack’s energy "
        "that an adapter makes, with half of what it shares with others; shares sum to 100 %, a "
        "negative one makes the stack weaker. Leave-one-out: by how much the energy would fall "
        "without it."
    )
    told = f"<ul>{''.join(notes)}</ul>" if notes else ""
    return f'{table(head, rows)}{told}<p class="quiet">{explained}</p>'


def _adapter(
    name: str, one: dict[str, Any], landing: dict[str, Any] | None, blocks: BlockScales
) -> str:
    scale = f"{one['scale']:g}"
    if one["text_scale"] != one["scale"]:
        scale += f" : {one['text_scale']:g}"
    if blocks:
        scale += " @ " + ", ".join(f"{block}={factor:g}" for block, factor in blocks)
    landed, energy = "–", "–"
    if landing is not None:
        landed = f"{landing['matched']} of {landing['total']}"
        energy = percent(landing["energy_share"])
        if landing["matched"] < landing["total"]:
            landed = f'<span class="warn">⚠ {landed}</span>'
    sizes = [number(one[key]) for key in ("norm_at_one", "norm")]
    shares = [percent(one[key]) for key in ("relative", "share", "leave_one_out")]
    values = cells(minus(scale), str(one["modules"]), landed, energy, *sizes, *shares)
    return f'<th scope="row" class="text">{safe(name)}</th>{values}'


def _stack(whole: dict[str, Any]) -> str:
    """Each number with what it means."""
    told = {key: number(whole[key]) for key in STACK_MEANINGS}
    told |= {"modules": str(whole["modules"]), "relative": percent(whole["relative"])}
    rows = [
        f'<th scope="row" class="text">{safe(key)}</th>{cells(told[key])}'
        f'<td class="words">{safe(meaning)}</td>'
        for key, meaning in STACK_MEANINGS.items()
    ]
    return table(_STACK_HEADS, rows)


def _heat_map(report: WeightsReport) -> str:
    stack = report.stack
    blocks, numbers = stack.geometry.blocks, stack.numbers.blocks
    own = numbers.own_relative if report.has_base else numbers.own_norm
    whole = numbers.relative if report.has_base else numbers.norm
    values = np.nan_to_num(np.column_stack([own, whole]))
    shown = [i for i in np.argsort([_place(*block) for block in blocks]) if values[i].any()]
    if not shown:
        return ""
    what = "‖strength · ΔW‖ / ‖W₀‖ of each block" if report.has_base else "‖strength · ΔW‖"
    svg = heat_map(
        [values[i].tolist() for i in shown],
        [f"{blocks[i][0]} {blocks[i][1]}" for i in shown],
        [*report.names, "the stack"],
        f"{what}, for each adapter and the stack",
        report.has_base,
    )
    caption = (
        f"{what}, over the weights of the block that the adapter changes; colours logarithmic."
    )
    return f'<figure><div class="wide">{svg}</div><figcaption>{safe(caption)}</figcaption></figure>'


def _place(component: str, block: str) -> str:
    """By which blocks sort as a picture passes them."""
    word = next((i for i, word in enumerate(_BLOCK_ORDER) if block.startswith(word)), 99)
    return f"{'0' if component.startswith('text') else '1'} {component} {word:02} {block}"


def _cosines(report: WeightsReport) -> str:
    geometry = report.stack.geometry
    if len(report.names) < 2:
        return ""
    nulls = whole_nulls(geometry)
    svg = cosine_matrix(
        cosines(geometry.whole_gram).tolist(),
        nulls.tolist(),
        report.names,
        "Cosines of the changes of each two adapters at strength 1",
        BEYOND_CHANCE,
    )
    null = f"{report.facts['cosine_null'] or 0.0:.1g}"
    caption = (
        "Cosine of each two adapters over all weights, at strength 1: +1 the same change, −1 the "
        f"opposite. Independent directions give 0 ± {null} at most; colour begins at "
        f"{BEYOND_CHANCE:g} times that of the pair: blue alike, orange against each other."
    )
    return f'<figure><div class="wide">{svg}</div><figcaption>{caption}</figcaption></figure>'


def _collisions(report: WeightsReport) -> str:
    pairs = report.stack.collisions
    if not pairs:
        return ""
    explained = (
        "Weights in which two adapters point alike or against each other by more than "
        f"{BEYOND_CHANCE:g} times what chance gives, at the strengths of this stack. Shared "
        "energy: by how much ‖S‖² is larger or smaller for it. Adapters whose training began with "
        "the same random numbers meet a little without having learnt anything alike."
    )
    shown = [pair for pair in pairs[:_MOST_TABLES] if pair.meetings]
    meeting = [_collision(report, pair) for pair in shown]
    others = [
        f"<li>{safe(collision_sentences(pair, report.names))}</li>" for pair in pairs[len(shown) :]
    ]
    title = "<h3>The other pairs</h3>" if meeting else ""
    rest = f"{title}<ul>{''.join(others)}</ul>" if others else ""
    return f'<p class="quiet">{explained}</p>{"".join(meeting)}{rest}'


def _collision(report: WeightsReport, pair: Collision) -> str:
    told = f"<p>{safe(collision_sentences(pair, report.names))}</p>"
    rows = [_meeting(one) for one in pair.meetings[:_MOST_MEETINGS]]
    left = len(pair.meetings) - len(rows)
    more = f'<p class="quiet">and {left} more.</p>' if left else ""
    head = heads("block", "weight", "cosine", "chance", "shared energy", "they pull", texts=2)
    title = f"{report.names[pair.first]} and {report.names[pair.second]}"
    return f"<h3>{safe(title)}</h3>{told}{table(head, rows)}{more}"


def _meeting(one: Meeting) -> str:
    component, name = one.weight
    return (
        f'<td class="text">{safe(block_of(component, name))}</td>'
        f'<td class="text">{safe(component)} {safe(name.removesuffix(".weight"))}</td>'
        + cells(signed(one.cosine), f"± {one.null:.1g}", number(abs(one.shared)))
        + cells("same way" if one.shared > 0.0 else "cancelling")
    )


def _spectra(report: WeightsReport) -> str:
    by = "relative" if report.has_base else "norm"
    known = [module for module in report.modules if module.spectra.stack is not None]
    most = sorted(known, key=lambda module: -(module.facts[by] or 0.0))[:_MOST_PLOTS]
    plots = [_plot(report, module) for module in most]
    if not any(plots):
        return ""
    explained = (
        "Each curve: how strong the change is in its own directions, strongest first, at the "
        "strengths of this stack. A steep one is a few directions pushed hard."
    )
    if report.has_base:
        explained += " The dotted line is the strongest direction of the base’s own weight."
    return (
        f'<p class="quiet">{explained}</p><p>{legend(report.names, report.has_base)}</p>'
        f'<div class="plots">{"".join(plots)}</div>'
    )


def _plot(report: WeightsReport, module: MeasuredModule) -> str:
    spectra, curves = module.spectra, list[Curve]()
    places = {entry.sha256: i for i, entry in enumerate(report.stack.applied)}
    for own in spectra.adapters:
        place = places[own.sha256]
        if own.at_one is not None:
            at = own.at_one.scaled(own.scale)
            curves.append(Curve(report.names[place], at.values[: at.numeric_rank], place))
    if spectra.stack is not None:
        whole = spectra.stack.values[: spectra.stack.numeric_rank]
        curves.append(Curve("the stack", whole, None))
    facts = module.facts
    size = f" ({percent(facts['relative'])} of ‖W₀‖)" if report.has_base else ""
    title = f"{facts['component']} {facts['module']}{size}"
    return spectra_plot(title, curves, spectra.base_largest)


def _provenance(provenance: Provenance) -> str:
    rows = [
        f'<th scope="row" class="text">{safe(label)}</th>'
        f'<td class="words"><code>{safe(value)}</code></td>'
        for label, value in provenance.lines()
    ]
    return table(heads("what", "value", texts=2), rows)
