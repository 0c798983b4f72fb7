"""All modules of a measured stack as a table that sorts by a click."""

from collections.abc import Callable, Sequence
from typing import Any

from loraviewer.lab.reports.html_text import number, percent, safe
from loraviewer.lab.weights.module_report import MeasuredModule

_PRINTED = 120
"""Rows that come onto paper, see `page`."""

_NUMBERS: tuple[tuple[str, str, Callable[[float | None], str]], ...] = (
    ("norm", "‖S‖", number),
    ("relative", "of ‖W₀‖", percent),
    ("sigma_1", "σ₁(S)", number),
    ("over_base", "σ₁(S) / σ₁(W₀)", percent),
    ("stable_rank", "stable rank", number),
    ("effective_rank", "effective rank", number),
    ("row_participation", "rows that take part", percent),
    ("column_participation", "columns that take part", percent),
)
_EXPLAINED = (
    "Stable rank 1: a single direction; effective rank: how many directions there are, weighted by "
    "their strength. Rows and columns that take part: 100 % where all change alike, little where a "
    "few hold everything. Click a heading to sort."
)


def module_table(modules: Sequence[MeasuredModule], names: Sequence[str]) -> str:
    """Nothing where the stack touches nothing."""
    if not modules:
        return ""
    titles = ["component", "module", "shape", "kinds", *(title for _, title, _ in _NUMBERS)]
    head = "".join(
        f'<th scope="col"{_TEXT if i < 4 else ""}><button type="button">{title}</button></th>'
        for i, title in enumerate(titles)
    )
    rows = "".join(f"<tr>{_row(module, names)}</tr>" for module in modules)
    left = len(modules) - _PRINTED
    paper = f" On paper the first {_PRINTED}; all are in modules.csv." if left > 0 else ""
    return (
        f'<p class="quiet">{_EXPLAINED}{paper}</p><div class="tall" tabindex="0" role="region" '
        f'aria-label="All modules"><table class="sorts"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


_TEXT = ' class="text"'


def _row(module: MeasuredModule, names: Sequence[str]) -> str:
    facts, spectra = module.facts, module.spectra
    kinds = zip(names, facts["kinds"], strict=True)
    by = ", ".join(f"{name}: {kind}" for name, kind in kinds if kind)
    short = " ".join(dict.fromkeys(kind for kind in facts["kinds"] if kind))
    shape = "×".join(map(str, facts["shape"]))
    values: dict[str, Any] = facts | {
        "sigma_1": spectra.stack.largest if spectra.stack else None,
        "over_base": spectra.relative,
    }
    texts = [
        f"<td{_TEXT}>{safe(facts['component'])}</td>",
        f"<td{_TEXT}>{safe(facts['module'])}</td>",
        f"<td{_TEXT}>{shape}</td>",
        f'<td{_TEXT} title="{safe(by)}">{safe(short)}</td>',
    ]
    return "".join([*texts, *(_number(values[key], told) for key, _, told in _NUMBERS)])


def _number(value: float | None, told: Callable[[float | None], str]) -> str:
    """With the value itself to sort by."""
    key = "" if value is None else repr(value)
    return f'<td data-n="{key}">{told(value)}</td>'
