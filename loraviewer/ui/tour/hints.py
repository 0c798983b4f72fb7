"""What the hints say, what they point at, and what a person does who needs them no more."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QRect
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from loraviewer.core.document import Document
from loraviewer.ui.actions import Actions
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.stack_panel import StackPanel
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import ToggleSwitch

DOCKS = ("library", "weights", "experiments")
"""Actions that open one."""
_HEADER_PX = 24


class Target(NamedTuple):
    """`rect`: the part of the widget that is meant. `within`: where the hint lies if it can, so
    that it covers nothing else; None for anywhere."""

    widget: QWidget
    rect: QRect
    within: QWidget | None = None


class Moment(NamedTuple):
    """What a person may have changed. `docks`: those of `DOCKS` that are open."""

    document: Document
    docks: frozenset[str]


class Hint(NamedTuple):
    """`target`: None while there is no such thing. `is_done`: whether a person did between two
    moments what it is about."""

    words: str
    target: Callable[[], Target | None]
    is_done: Callable[[Moment, Moment], bool]


def usual_hints(
    actions: Actions,
    menus: QMenuBar,
    stack: StackPanel,
    compare: CompareView,
    prompt: PromptPanel,
) -> tuple[Hint, ...]:
    """Five, in their order."""
    tr = partial(QCoreApplication.translate, "Tour")
    keys = {name: _keys(actions, name) for name in ("pin_pane", *DOCKS)}
    return (
        Hint(
            tr(
                "Drag a fader: quick drafts follow it, and letting go settles the picture. "
                "A number that is typed may be any."
            ),
            lambda: _on_last_row(stack, StrengthSlider),
            _has_moved_fader,
        ),
        Hint(
            tr(
                "Switch a row off, and its adapter leaves the weights; its strength is kept. "
                "With all of them off, the base is back bit for bit."
            ),
            lambda: _on_last_row(stack, ToggleSwitch),
            _has_switched_off,
        ),
        Hint(
            tr(
                "Panes are side by side on the same noise: the base, and your stack. {key} pins "
                "what you see into one of its own; hold B to see the base in all."
            ).format(key=keys["pin_pane"]),
            lambda: _header(compare),
            _has_more_panes,
        ),
        Hint(
            tr(
                "Write another prompt and press Enter. The dice beside the seed takes other "
                "noise, for all panes at once."
            ),
            lambda: _first_half(prompt),
            _has_other_words,
        ),
        Hint(
            tr(
                "The Lab says what a stack does: to the weights ({weights}), and in experiments "
                "({experiments}). The library ({library}) lists the adapters of your folders."
            ).format(**keys),
            lambda: _menu_of(actions, menus),
            _has_opened_dock,
        ),
    )


def _keys(actions: Actions, name: str) -> str:
    return actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)


# -- what they point at ---------------------------------------------------------------------


def _first_half(prompt: QWidget) -> Target:
    """Where the words are; the seed is beside or below them."""
    return Target(prompt, QRect(0, 0, prompt.width() // 2, prompt.height()))


def _on_last_row(stack: StackPanel, sort: type[QWidget]) -> Target | None:
    """Of the rows that count: what lies below the last of them is needed least."""
    rows: Sequence[ChannelStrip] = stack.strips.strips()
    on = [row for row in rows if row.entry.is_enabled] or rows
    part = on[-1].findChild(sort) if on else None
    return Target(part, part.rect(), stack) if isinstance(part, QWidget) else None


def _header(compare: CompareView) -> Target:
    """The line above the picture of the active pane."""
    pane = compare.active
    return Target(pane, QRect(0, 0, pane.width(), max(_HEADER_PX, pane.view.y())))


def _menu_of(actions: Actions, menus: QMenuBar) -> Target | None:
    """None where the menus are the desktop's."""
    for entry in menus.actions():
        menu = entry.menu()
        if isinstance(menu, QWidget) and actions["experiments"] in menu.actions():
            rect = menus.actionGeometry(entry)
            return Target(menus, rect) if not rect.isEmpty() else None
    return None


# -- what is done by itself -----------------------------------------------------------------


def _has_moved_fader(before: Moment, now: Moment) -> bool:
    strengths = {row.entry_id: row.scale for row in before.document.stack.entries}
    rows = now.document.stack.entries
    return _is_same_pane(before, now) and any(
        strengths.get(row.entry_id, row.scale) != row.scale for row in rows
    )


def _has_switched_off(before: Moment, now: Moment) -> bool:
    on = {row.entry_id for row in before.document.stack.entries if row.is_enabled}
    rows = now.document.stack.entries
    return _is_same_pane(before, now) and any(
        row.entry_id in on and not row.is_enabled for row in rows
    )


def _has_more_panes(before: Moment, now: Moment) -> bool:
    return len(now.document.panes) > len(before.document.panes)


def _has_other_words(before: Moment, now: Moment) -> bool:
    was, is_now = (m.document.sampling_of(m.document.active) for m in (before, now))
    return _is_same_pane(before, now) and (was.prompt, was.seed) != (is_now.prompt, is_now.seed)


def _has_opened_dock(before: Moment, now: Moment) -> bool:
    return bool(now.docks - before.docks)


def _is_same_pane(before: Moment, now: Moment) -> bool:
    return before.document.active == now.document.active
