"""The facts of `inspect` as lines for a person; `--json` is for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from loraviewer.core.families import family_title

_MOST_NAMES = 6
_MOST_WIDTH = 48
_NAMES = ("unmatched", "shape_mismatch", "unsupported", "ignored")
_LABELS: Mapping[str, str] = {
    "dtype": "numbers",
    "said_base": "base it names",
    "preview": "picture",
    "autov2": "AutoV2",
    "autov3": "AutoV3",
    "sha256": "SHA-256",
    "is_mixed": "mixed numbers",
    "has_ema": "EMA copy",
    "has_text_encoder": "text_encoder",
    "opens": "opens as a base",
    "needs": "needs beside it",
    "is_zero_terminal_snr": "zero-terminal SNR",
}


def fact_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """`label: value` for everything that is known, long lists by their first names."""
    if facts["type"] == "folder":
        yield from _table_lines(facts)
        return
    for name, value in facts.items():
        text = _shown(name, value, facts)
        if text:
            first, *more = map(_printable, text.split("\n"))
            yield f"{_LABELS.get(name, name.replace('_', ' '))}: {first}"
            yield from (f"    {line}" for line in more)


def _shown(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    if name in _NAMES:
        return _first_names(value, facts.get("reasons", {}))
    if name in _FORMATS and value is not None:
        return _FORMATS[name](value)
    return "not computed; add --values" if name == "sha256" and value is None else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {entry}" for key, entry in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _printable(text: str) -> str:
    """Without what would move a terminal's cursor: names in and of files may hold anything."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _range(ranks: Mapping[str, int]) -> str:
    least, most = ranks["min"], ranks["max"]
    return f"{least}" if least == most else f"{least} to {most}"


def _first_names(names: Sequence[str], reasons: Mapping[str, str]) -> str:
    """How many, and the first of them with the reasons that are known."""
    lines = [f"{name} ({reasons[name]})" if name in reasons else name for name in names]
    if len(lines) > _MOST_NAMES:
        lines[_MOST_NAMES:] = [f"and {len(lines) - _MOST_NAMES} more"]
    return "\n".join([str(len(names)), *lines]) if names else ""


def _family(name: str) -> str:
    title = family_title(name)
    return name if title == name else f"{title} ({name})"


def _how_many(entries: Sequence[Any] | Mapping[str, Any]) -> str:
    return f"{len(entries)} entries; see --json" if entries else ""


_FORMATS: Mapping[str, Callable[[Any], str]] = {
    "name": lambda name: name.replace("\n", " "),
    "family": _family,
    "ranks": _range,
    "parameters": "{:,}".format,
    "energy_share": "{:.1%}".format,
    "matched": lambda names: str(len(names)),
    "metadata": _how_many,
    "norms": _how_many,
    "reasons": _how_many,
    "lost_encoders": lambda _: "",  # the verdict tells them
}
"""Facts that have a way of their own to be shown."""


# A folder

_COLUMNS = ("file", "type", "family", "kinds", "naming", "rank", "modules", "numbers", "")


def _table_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    rows = [_COLUMNS, *(tuple(map(_printable, _cells(row))) for row in facts["files"])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    files, adapters = len(facts["files"]), facts["adapters"]
    yield f"files: {files}, adapters: {adapters}, cannot be read: {facts['unreadable']}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = row["file"]
    return (
        name if len(name) <= _MOST_WIDTH else f"…{name[1 - _MOST_WIDTH :]}",
        row["type"],
        row["family"],
        _plain(row.get("kinds")),
        "+".join(row.get("naming", ())),
        _range(row["ranks"]) if row.get("ranks") else "",
        str(row.get("modules", "")),
        row.get("dtype", ""),
        row["problem"] or row.get("verdict") or row.get("holds") or "",
    )
