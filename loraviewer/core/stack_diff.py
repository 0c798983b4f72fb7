"""What differs between two stacks and what is drawn with them, row by row."""

import difflib
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from loraviewer.core.blocks import BlockScales
from loraviewer.core.captions import rule_words
from loraviewer.core.document import Document, PaneId, PaneSpec
from loraviewer.core.numbers import short_number
from loraviewer.core.pane_names import pane_name
from loraviewer.core.request import Sampling
from loraviewer.core.row_names import row_names
from loraviewer.core.sentences import figure, in_quotes, say, together
from loraviewer.core.snapshots import SnapshotId
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.told_blocks import first_blocks, first_scales, moved_blocks

Sign = Literal["", "≠", "−", "+"]
"""The same on both sides, changed, only on the left, only on the right."""

PRESENT = "present"
_MOST_WORDS = 12
_SHOWN_BLOCKS = 3
_LONG_TEXT = 400
"""Words: beyond this, comparing takes longer than reading."""


class Side(msgspec.Struct, frozen=True):
    """One of the two: what it is called, and what it holds. `key` tells it from others."""

    key: str
    name: str
    stack: AdapterStack = AdapterStack()
    sampling: Sampling = Sampling()


class DiffLine(msgspec.Struct, frozen=True):
    """`what`: an adapter, the master, or a setting. `change`: how it goes from left to right."""

    sign: Sign
    what: str
    left: str = ""
    right: str = ""
    change: str = ""


class StackDiff(msgspec.Struct, frozen=True):
    """`lines`: what differs comes first. `is_same_picture`: whether whatever differs leaves the
    pictures alone, as rows that are off do."""

    lines: tuple[DiffLine, ...] = ()
    is_same_picture: bool = True
    is_reordered: bool = False

    @property
    def count(self) -> int:
        """How many lines differ."""
        return sum(bool(line.sign) for line in self.lines)


def side_key(snapshot_id: SnapshotId) -> str:
    """Of the side that is a snapshot."""
    return f"snapshot {snapshot_id}"


def pane_key(pane_id: PaneId) -> str:
    """Of the side that is a pane."""
    return f"pane {pane_id}"


def sides(document: Document) -> list[Side]:
    """All that can be compared: what the active pane holds at any time, each pane, each
    snapshot."""
    panes = [
        Side(pane_key(p.pane_id), _title(document, p), p.stack, document.sampling_of(p.pane_id))
        for p in document.panes
    ]
    snapshots = [
        Side(side_key(s.snapshot_id), in_quotes(s.name), s.stack, s.sampling)
        for s in document.snapshots
    ]
    now = Side(PRESENT, say("Present"), document.stack, document.active_sampling)
    return [now, *panes, *snapshots]


def _title(document: Document, pane: PaneSpec) -> str:
    name = pane_name(document, pane.pane_id)
    return say("Pane {name}", name=name) if len(name) == 1 else name


def compare(left: Side, right: Side) -> StackDiff:
    rows = _row_lines(left.stack, right.stack)
    others = [*_stack_lines(left.stack, right.stack), *_setting_lines(left, right)]
    lines = (*(r for r in rows if r.sign), *others, *(r for r in rows if not r.sign))
    is_same_picture = left.sampling == right.sampling and _heard(left) == _heard(right)
    return StackDiff(lines, is_same_picture, _is_reordered(left.stack, right.stack))


def diff_text(left: Side, right: Side, diff: StackDiff, said: Callable[[str], str] = str) -> str:
    """A table with tabs, which spreadsheets take as well. said: how the language of the window says
    a cell."""
    head = ("", "", left.name, right.name, say("change"))
    rows = [head, *((x.sign, x.what, x.left, x.right, x.change) for x in diff.lines)]
    lines = ("\t".join(" ".join(said(cell).split()) for cell in row) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


# Rows.


def _row_lines(left: AdapterStack, right: AdapterStack) -> list[DiffLine]:
    """In the order of the left one's rows, then those that only the right one has."""
    before, now = row_names(left), row_names(right)
    lines: list[DiffLine] = []
    pairs = _pairs(left, right)
    for entry in left.entries:
        other = pairs.get(entry.entry_id)
        name = before[entry.entry_id]
        lines.append(_paired(name, entry, other) if other else _alone("−", name, entry))
    met = {other.entry_id for other in pairs.values()}
    new = (entry for entry in right.entries if entry.entry_id not in met)
    return [*lines, *(_alone("+", now[entry.entry_id], entry) for entry in new)]


def _pairs(left: AdapterStack, right: AdapterStack) -> dict[str, StackEntry]:
    """Entry id of the left one → the row of the right one that is the same: by its id, or else the
    next one of the same content."""
    by_id = {(e.entry_id, e.sha256): e for e in right.entries}
    found = {
        e.entry_id: by_id[e.entry_id, e.sha256]
        for e in left.entries
        if (e.entry_id, e.sha256) in by_id
    }
    met = {e.entry_id for e in found.values()}
    free = [e for e in right.entries if e.entry_id not in met]
    for entry in left.entries:
        like = next((e for e in free if e.sha256 == entry.sha256), None)
        if entry.entry_id not in found and like is not None:
            found[entry.entry_id] = like
            free.remove(like)
    return found


def _paired(name: str, left: StackEntry, right: StackEntry) -> DiffLine:
    changes = [*_strength_changes(left, right), *_switch_changes(left, right)]
    sign: Sign = "≠" if changes else ""
    return DiffLine(sign, name, _told(left), _told(right), together(changes, ", "))


def _alone(sign: Literal["−", "+"], name: str, entry: StackEntry) -> DiffLine:
    if sign == "−":
        return DiffLine(sign, name, left=_told(entry), change=say("removed"))
    return DiffLine(sign, name, right=_told(entry), change=say("added"))


def _told(entry: StackEntry) -> str:
    """Its strength, and of all else what is not as usual."""
    parts: list[str] = [_number(entry.scale)]
    if entry.text_scale is not None:
        parts.append(say("text {strengths}", strengths=_number(entry.text_scale)))
    if entry.block_scales:
        parts.append(say("blocks {blocks}", blocks=_blocks_told(entry.block_scales)))
    if entry.is_solo:
        parts.append(say("solo"))
    if not entry.is_enabled:
        parts.append(say("off"))
    if entry.insisted_on:
        parts.append(say("insisted on"))
    if entry.for_drafts is not None:
        parts.append(say("for drafts only"))
    return together(parts, ", ")


def _blocks_told(scales: BlockScales) -> str:
    """The first of them, and how many more there are."""
    shown, more = first_scales(scales, _SHOWN_BLOCKS)
    return _with_more(together(shown), more)


def _with_more(shown: str, more: int) -> str:
    return say("{shown} and {more} more", shown=shown, more=more) if more else shown


def _strength_changes(left: StackEntry, right: StackEntry) -> Iterable[str]:
    if left.scale != right.scale:
        yield signed(right.scale - left.scale)
    yield from _text_changes(left, right)
    if left.block_scales != right.block_scales:
        yield _block_changes(left.block_scales, right.block_scales)


def _block_changes(left: BlockScales, right: BlockScales) -> str:
    if not right:
        return say("all blocks alike")
    moved = moved_blocks(left, right)
    shown, more = first_blocks(moved, _SHOWN_BLOCKS)
    told = together(together((name, signed(moved[name][1] - moved[name][0]))) for name in shown)
    return say("blocks {blocks}", blocks=_with_more(told, more))


def _text_changes(left: StackEntry, right: StackEntry) -> Iterable[str]:
    if left.text_scale == right.text_scale:
        return
    if left.text_scale is None or right.text_scale is None:
        yield say("text follows") if right.text_scale is None else say("text on its own")
    else:
        yield say("text {strengths}", strengths=signed(right.text_scale - left.text_scale))


def _switch_changes(left: StackEntry, right: StackEntry) -> Iterable[str]:
    if left.is_enabled != right.is_enabled:
        yield say("switched on") if right.is_enabled else say("switched off")
    if left.is_solo != right.is_solo:
        yield say("solo") if right.is_solo else say("no solo")
    if left.insisted_on != right.insisted_on:
        yield say("insisted on") if right.insisted_on else say("not insisted on")
    if left.for_drafts != right.for_drafts:
        yield _draft_change(right)


def _draft_change(now: StackEntry) -> str:
    way = now.for_drafts
    if way is None:
        return say("for settled pictures, too")
    if way.title and way.steps:
        return say("for drafts only, {kind}, {steps} steps", kind=way.title, steps=way.steps)
    return say("for drafts only, {kind}", kind=way.title) if way.title else say("for drafts only")


def _heard(side: Side) -> tuple[object, ...]:
    """What the weights see, whatever it is called, and by which rule."""
    applied = side.stack.applied()
    rows = sorted((a.sha256, a.scale, a.text_scale, a.block_scales) for a in applied)
    return side.stack.rule_in_force, *rows


def _is_reordered(left: AdapterStack, right: AdapterStack) -> bool:
    """Whether the rows that both have lie in another order."""
    order = {e.entry_id: i for i, e in enumerate(right.entries)}
    pairs = _pairs(left, right)
    places = [order[pairs[e.entry_id].entry_id] for e in left.entries if e.entry_id in pairs]
    return places != sorted(places)


# What is not a row.


def _stack_lines(left: AdapterStack, right: AdapterStack) -> list[DiffLine]:
    lines: list[DiffLine] = []
    if left.master != right.master:
        before, now = (figure(f"× {short_number(s.master)}") for s in (left, right))
        lines.append(DiffLine("≠", say("Master"), before, now, signed(right.master - left.master)))
    if left.merge_rule != right.merge_rule:
        before, now = (rule_words(stack.merge_rule) for stack in (left, right))
        lines.append(DiffLine("≠", say("Merge rule"), before, now, _rule_change(left, right)))
    return lines


def _rule_change(left: AdapterStack, right: AdapterStack) -> str:
    """Of one rule, by how much its number differs."""
    before, now = left.merge_rule, right.merge_rule
    return signed(now.amount - before.amount) if before.name == now.name else ""


def _setting_lines(left: Side, right: Side) -> list[DiffLine]:
    one, other = left.sampling, right.sampling
    lines = [
        _text_line(say("Prompt"), one.prompt, other.prompt),
        _text_line(say("Without"), one.negative_prompt, other.negative_prompt),
        DiffLine("≠", say("Seed"), str(one.seed), str(other.seed)),
        DiffLine("≠", say("Words"), one.words, other.words),
        _number_line(say("Steps"), one.steps, other.steps),
        _number_line(say("Guidance"), one.guidance_scale, other.guidance_scale),
        DiffLine("≠", say("Sampler"), one.sampler, other.sampler),
        DiffLine("≠", say("Size"), _size(one), _size(other)),
    ]
    return [line for line in lines if line.left != line.right]


def _text_line(what: str, left: str, right: str) -> DiffLine:
    return DiffLine("≠", what, left, right, _word_changes(left, right))


def _number_line(what: str, left: float, right: float) -> DiffLine:
    return DiffLine("≠", what, _number(left), _number(right), signed(right - left))


def _size(sampling: Sampling) -> str:
    return f"{sampling.width}×{sampling.height}"


def _word_changes(left: str, right: str) -> str:
    """Words that went and came, as "− red + green"; "" where it would say less than the texts."""
    before, now = left.split(), right.split()
    if not before or not now or len(before) + len(now) > _LONG_TEXT:
        return ""
    parts: list[str] = []
    for step, a, b, c, d in difflib.SequenceMatcher(
        None, before, now, autojunk=False
    ).get_opcodes():
        if step != "equal":
            parts += [f"− {' '.join(before[a:b])}"] if b > a else []
            parts += [f"+ {' '.join(now[c:d])}"] if d > c else []
    text = " ".join(parts)
    return text if len(text.split()) <= _MOST_WORDS else ""


def signed(value: float) -> str:
    """With its sign, and a typographic minus: +0.4, −0.3."""
    text = short_number(abs(value))
    return figure(f"−{text}" if value < 0 else f"+{text}")


def _number(value: float) -> str:
    return figure(short_number(value))
