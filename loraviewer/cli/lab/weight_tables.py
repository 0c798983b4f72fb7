"""What `loraviewer lab weights` prints where no JSON is asked for."""

from typing import Any


def stack_lines(facts: dict[str, Any]) -> list[str]:
    """The adapters, the stack, its blocks and the pairs that meet."""
    lines = [f"{'':28}{'strength':>11}{'modules':>9}{'norm':>11}{'of base':>9}{'share':>8}"]
    for one in facts["adapters"]:
        lines += _adapter(one)
    whole = facts["stack"]
    lines.append(
        f"{'the stack':28}{'':11}{whole['modules']:>9}{_number(whole['norm']):>11}"
        f"{_percent(whole['relative']):>9}"
    )
    return [*lines, "", *_blocks(facts["blocks"]), *_pairs(facts)]


def _adapter(one: dict[str, Any]) -> list[str]:
    """A line, and one with its strengths in single blocks where it has some."""
    line = (
        f"{one['name'][:27]:28}{_strength(one):>11}{one['modules']:>9}{_number(one['norm']):>11}"
        f"{_percent(one['relative']):>9}{_percent(one['share']):>8}"
    )
    blocks = ", ".join(f"{block}={factor:g}" for block, factor in one["block_scales"].items())
    return [line, f"  times {blocks}"] if blocks else [line]


def _blocks(blocks: list[dict[str, Any]]) -> list[str]:
    name = "{component} {block}".format_map
    return [f"{name(b):28}{b['norm']:>31.4g}{_percent(b['relative']):>9}" for b in blocks]


def _pairs(facts: dict[str, Any]) -> list[str]:
    names, null = [one["name"] for one in facts["adapters"]], facts["cosine_null"]
    if len(names) < 2 or null is None:
        return []
    lines = ["", f"cosines (independent directions: ± {null:.1g})"]
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            cosine = facts["cosine"][i][j]
            if cosine is not None:
                lines.append(f"{first[:27]:28}{names[j][:27]:28}{cosine:>10.4f}")
    return lines


def _strength(one: dict[str, Any]) -> str:
    """Also that of the text encoders where it is another."""
    scale, text = one["scale"], one["text_scale"]
    return f"{scale:g}" if scale == text else f"{scale:g} : {text:g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
