"""What a pane says of its picture: the whole stack, or only what differs from another pane."""

from collections.abc import Mapping, Sequence

import msgspec

from loraviewer.core.blocks import BlockScales
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.numbers import short_number
from loraviewer.core.request import GenerationRequest, Sampling, WordReading
from loraviewer.core.row_names import row_names
from loraviewer.core.sentences import figure, say, together, with_and
from loraviewer.core.stack import AdapterStack, AppliedAdapter
from loraviewer.core.told_blocks import factor_text, first_blocks, moved_blocks

Scales = tuple[tuple[float, float, BlockScales], ...]
"""Of the rows of one adapter: of the denoiser, of the text encoders, and in single blocks."""

_READINGS: Mapping[WordReading, str] = {"plain": say("plain"), "weighted": say("weighted")}
_NAMED_BLOCKS = 2
"""More of them are counted."""


class Beside(msgspec.Struct, frozen=True):
    """Another pane that a caption may speak of: what it is called, and the stack it shows."""

    name: str
    stack: AdapterStack


def stack_caption(stack: AdapterStack) -> str:
    """Names and effective strengths, as "manga .8 + birds 1.2", and what single blocks have of
    their own, as "manga .8 (M00 0)"; by another rule than the sum "TIES 0.2: manga .8 + birds 1.2";
    "no adapters" for an empty one."""
    parts = stack_parts(stack)
    return started(stack, together(parts, " + ")) if parts else say("no adapters")


def started(stack: AdapterStack, told: str) -> str:
    """With what a caption begins with: "TIES 0.2: "; nothing for a sum."""
    if stack.merge_rule.is_sum:
        return told
    return together((rule_words(stack.merge_rule), told), ": ")


def rule_words(rule: MergeRule) -> str:
    """As “TIES 0.2”."""
    title = rule.facts.title
    return together((title, figure(short_number(rule.amount)))) if rule.facts.amount else title


def stack_parts(stack: AdapterStack) -> list[str]:
    """Name and effective strength of each that is applied, in the order of the rows."""
    names = _names(stack)
    rows = _in_row_order(stack)
    return [together((names[row.sha256], _strengths((_scales(row),)))) for row in rows]


def left_out_words(stack: AdapterStack) -> str:
    """What settled pictures are made without although it is on: “without LCM (drafts only)”; ""
    for nothing."""
    names = row_names(stack)
    marked = [e for e in stack.entries if e.is_enabled and e.for_drafts is not None]
    told = with_and(names[e.entry_id] for e in marked)
    return say("without {names} (drafts only)", names=told) if marked else ""


def draft_words(request: GenerationRequest, stack: AdapterStack) -> str:
    """“draft”, and of one with an adapter for drafts only “draft · 4 steps with LCM”."""
    sha256 = request.draft_adapter
    if not sha256:
        return say("draft")
    names = row_names(stack)
    marked = (e for e in stack.entries if e.sha256 == sha256 and e.for_drafts is not None)
    row = next(marked, None)
    title = row.for_drafts.title if row and row.for_drafts else ""
    known = (a.name for a in request.adapters if a.sha256 == sha256)
    name = title or (names[row.entry_id] if row else next(known, sha256[:10]))
    return say("draft · {steps} steps with {name}", steps=request.steps_run, name=name)


def pane_caption(stack: AdapterStack, others: Sequence[Beside] = ()) -> str:
    """The shortest: the whole stack, or what differs from one of the other panes, as
    "as B: manga .8 → .5, − neon"."""
    return min([stack_caption(stack), *(_told_by(stack, other) for other in others)], key=len)


def _told_by(stack: AdapterStack, other: Beside) -> str:
    told = differences(stack, other.stack)
    if not told:
        return say("as {pane}", pane=other.name)
    return say("as {pane}: {differences}", pane=other.name, differences=together(told, ", "))


def differences(stack: AdapterStack, other: AdapterStack) -> list[str]:
    """What is applied otherwise than in `other`: the rule, then what is changed, off, gone and new,
    in the order of the rows, which itself never counts."""
    now, before = _by_content(stack), _by_content(other)
    names = _names(other) | _names(stack)
    kept = [sha for sha in now if sha in before and now[sha] != before[sha]]
    gone = [sha for sha in before if sha not in now]
    new = [sha for sha in now if sha not in before]
    here = {entry.sha256 for entry in stack.entries}
    is_ruled = stack.merge_rule != other.merge_rule
    return [
        *([rule_words(stack.merge_rule)] if is_ruled else []),
        *(_changed(names[sha], now[sha], before[sha]) for sha in kept),
        *(say("{name} off", name=names[sha]) if sha in here else f"− {names[sha]}" for sha in gone),
        *(together(("+", names[sha], _strengths(now[sha]))) for sha in new),
    ]


def sampling_differences(own: Sampling, shared: Sampling) -> list[str]:
    """What a frozen pane has of its own."""
    guidance = figure(short_number(own.guidance_scale))
    told = {
        "typed": say("own prompt"),
        "negative_prompt": say("own “without”"),
        "seed": say("seed {seed}", seed=own.seed),
        "steps": say("{steps} steps", steps=own.steps),
        "guidance_scale": say("guidance {guidance}", guidance=guidance),
        "sampler": own.sampler,
        "words": say("words {reading}", reading=_READINGS[own.words]),
    }
    is_resized = (own.width, own.height) != (shared.width, shared.height)
    size = [f"{own.width}×{own.height}"] if is_resized else []
    return [w for name, w in told.items() if getattr(own, name) != getattr(shared, name)] + size


def _names(stack: AdapterStack) -> dict[str, str]:
    """Content hash → what its first row is called."""
    rows = row_names(stack)
    return {entry.sha256: rows[entry.entry_id] for entry in reversed(stack.entries)}


def _in_row_order(stack: AdapterStack) -> list[AppliedAdapter]:
    rows = {e.sha256: i for i, e in reversed(list(enumerate(stack.entries)))}
    return sorted(stack.applied(), key=lambda a: rows[a.sha256])


def _by_content(stack: AdapterStack) -> dict[str, Scales]:
    """By content hash."""
    found: dict[str, Scales] = {}
    for adapter in _in_row_order(stack):
        found[adapter.sha256] = (*found.get(adapter.sha256, ()), _scales(adapter))
    return found


def _scales(adapter: AppliedAdapter) -> tuple[float, float, BlockScales]:
    return adapter.scale, adapter.text_scale, adapter.block_scales


def _changed(name: str, now: Scales, before: Scales) -> str:
    """At least one of strengths, those of text encoders, and those in single blocks."""
    parts: list[str] = []
    numbers = [_numbers(scales) for scales in (before, now)]
    texts = [together((_short(text) for _, text, _ in scales), "/") for scales in (before, now)]
    if numbers[0] != numbers[1]:
        parts.append(together(numbers, " → "))
    elif texts[0] != texts[1]:
        parts.append(say("text {strengths}", strengths=together(texts, " → ")))
    blocks = [[blocks for _, _, blocks in scales] for scales in (before, now)]
    is_painted = any((*blocks[0], *blocks[1]))
    if is_painted and blocks[0] != blocks[1]:
        parts.append(_changed_blocks(*blocks))
    return together((name, together(parts, ", ") if parts else say("other strengths")))


def _changed_blocks(before: list[BlockScales], now: list[BlockScales]) -> str:
    """“IN04 .5 → 1 and M00 1 → 0”; of several rows no numbers."""
    if len(before) != 1 or len(now) != 1:
        return say("other blocks")
    moved = moved_blocks(before[0], now[0])
    if len(moved) > _NAMED_BLOCKS:
        return say("{count} other blocks", count=len(moved))
    told = [(name, *map(_factor, pair)) for name, pair in moved.items()]
    return with_and(together((name, was, "→", to)) for name, was, to in told)


def _strengths(scales: Scales) -> str:
    """With what single blocks have of their own: “.8 (IN04 .5, M00 0)”, “.8 (12 blocks)”."""
    painted = [blocks for _, _, blocks in scales if blocks]
    if not painted:
        return _numbers(scales)
    count = len({name for blocks in painted for name, _ in blocks})
    told: str = say("{count} blocks", count=count)
    if len(scales) == 1 and len(painted[0]) <= _NAMED_BLOCKS:
        factors = dict(painted[0])
        order, _ = first_blocks(factors, _NAMED_BLOCKS)
        told = together((together((name, _factor(factors[name]))) for name in order), ", ")
    return together((_numbers(scales), together(("(", told, ")"), "")))


def _numbers(scales: Scales) -> str:
    return together((_short(scale) for scale, _, _ in scales), "/")


def _short(value: float) -> str:
    return _pointed(short_number(value, digits=2))


def _factor(value: float) -> str:
    return _pointed(factor_text(value))


def _pointed(number: str) -> str:
    """Without the zero before the point."""
    is_short = number.lstrip("-").startswith("0.")
    return figure(number.replace("0.", ".", 1) if is_short else number)
