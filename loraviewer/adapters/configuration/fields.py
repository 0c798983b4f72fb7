"""PEFT's fields as trainers write them: what their values mean, and sentences on those that mean
nothing.

PEFT itself takes a value as Python does (any text is true) or fails. Here a value of another type
than the field's does not count, and that is told.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from loraviewer.core.sentences import say

ALPHA = "alpha"
"""The name of a scaling's constant here; LoRA's is `lora_alpha`, that of other kinds `alpha`."""
ADALORA = "ADALORA"
"""Its `rank_pattern` holds masks by tensor, which were applied when the file was saved; its `r` is
not used, but `init_r`."""

_ALPHAS = ("lora_alpha", ALPHA, "network_alpha")
_MOST_NAMED = 3
_UNUSED: Mapping[str, frozenset[str]] = {
    ADALORA: frozenset({"r", "rank_pattern"}),
    "OFT": frozenset({"r"}),  # 0 where the size of the blocks is given
}
"""Fields that a PEFT type keeps for something else."""


def number(value: Any) -> float | None:
    """JSON numbers, and the texts of those who quote them. Infinite ones are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < float("inf") else None


def rank(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def usable_fields(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields whose values mean something, as numbers and booleans; `ALPHA` for each name of
    alpha, the most usual first."""
    for name in _ALPHAS:
        if (alpha := number(table.get(name))) is not None:
            yield ALPHA, alpha
    for name, value in table.items():
        if name not in _ALPHAS and (read := _read(name, value)) is not None:
            yield name, read


def unusable_fields(table: Mapping[str, Any]) -> Iterator[str]:
    """One sentence without full stop for each value that does not count; null is no value."""
    unused = _UNUSED.get(str(table.get("peft_type")), frozenset())
    for name, value in table.items():
        field = ALPHA if name in _ALPHAS else name
        if value is None or name in unused:
            continue
        if field == ALPHA and number(value) is None:
            yield _sentence(field, value, _NUMBER)
        elif field in _READERS and _read(field, value) is None:
            yield _sentence(field, value, _READERS[field][1])
        elif field in _PATTERN_VALUES and isinstance(value, Mapping):
            yield from _unusable_patterns(field, value)


def _read(name: str, value: Any) -> Any:
    return _READERS[name][0](value) if name in _READERS else value


def _flag(value: Any) -> bool | None:
    """Also 1 and 0, and "true"."""
    if isinstance(value, bool | int) and value in (0, 1):
        return bool(value)
    return True if isinstance(value, str) and value.strip().lower() == "true" else None


def _flag_or_null(value: Any) -> bool | None:
    """Of a field that is on by default: null switches it off, as in PEFT."""
    return False if value is None else _flag(value)


def _terms(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= 100 else None


def _limit(value: Any) -> float | None:
    found = number(value)
    return found if found is not None and found >= 0.0 else None


def _table(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


_Reader = Callable[[Any], Any]
_NUMBER, _RANK, _TABLE = say("number"), say("rank"), say("table")
_TRUTH = say("true or false")
_READERS: Mapping[str, tuple[_Reader, str]] = {
    "r": (rank, _RANK),
    "init_r": (rank, _RANK),
    "use_rslora": (_flag, _TRUTH),
    "use_dora": (_flag, _TRUTH),
    "coft": (_flag, _TRUTH),
    "use_cayley_neumann": (_flag_or_null, _TRUTH),
    "num_cayley_neumann_terms": (_terms, say("number from 0 to 100")),
    "eps": (_limit, say("number from 0")),
    "alpha_pattern": (_table, _TABLE),
    "rank_pattern": (_table, _TABLE),
}
"""Field → what its value means, None for nothing; and what it should have been."""

_PATTERN_VALUES: Mapping[str, tuple[_Reader, str]] = {
    "alpha_pattern": (number, _NUMBER),
    "rank_pattern": (rank, _RANK),
}


def _unusable_patterns(field: str, table: Mapping[str, Any]) -> Iterator[str]:
    read, wanted = _PATTERN_VALUES[field]
    bad = [key for key, value in table.items() if read(value) is None]
    for key in bad[:_MOST_NAMED]:
        yield _sentence(say("{field} “{key}”", field=field, key=key[:60]), table[key], wanted)


def _sentence(field: str, value: Any, wanted: str) -> str:
    said = str(value)[:40]
    return say(
        "Its configuration says {field} “{said}”, which is no {wanted} and does not count",
        field=field,
        said=said,
        wanted=wanted,
    )
