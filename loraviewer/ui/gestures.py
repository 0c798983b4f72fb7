"""What keys and the mouse do besides actions, for the shortcut page."""

from dataclasses import dataclass

from loraviewer.ui.actions import QT_TRANSLATE_NOOP


@dataclass(frozen=True)
class GestureSpec:
    """One row: keys or a movement, and what it does where."""

    keys: str
    text: str


# fmt: off
GESTURES: tuple[GestureSpec, ...] = (
    GestureSpec("B", QT_TRANSLATE_NOOP("Actions", "Hold: show the base in every pane")),
    GestureSpec("Enter", QT_TRANSLATE_NOOP("Actions", "Press the focused button (Space renders)")),
    GestureSpec("Enter", QT_TRANSLATE_NOOP("Actions", "In the prompt: take it, go to the picture")),
    GestureSpec("Ctrl+↑, Ctrl+↓",
                QT_TRANSLATE_NOOP("Actions", "In a prompt: the word at the cursor counts more, "
                                             "less")),
    GestureSpec("F6", QT_TRANSLATE_NOOP("Actions", "In the map and the like: back to the panes")),
    GestureSpec("Ctrl+1 … Ctrl+9", QT_TRANSLATE_NOOP("Actions", "Go to row 1 … 9 of the stack")),
    GestureSpec("Delete", QT_TRANSLATE_NOOP("Actions", "On a stack row: remove it")),
    GestureSpec("Ctrl+click, Shift+click",
                QT_TRANSLATE_NOOP("Actions", "Beside a row’s name: select one more, or all up to "
                                             "it")),
    GestureSpec("Ctrl+Shift+↑ ↓",
                QT_TRANSLATE_NOOP("Actions", "On a stack row: select the next too; Esc ends it")),
    GestureSpec("Enter, F, Delete",
                QT_TRANSLATE_NOOP("Actions", "In the list of bases: load, favourite, forget")),
    GestureSpec("Enter, F2, Delete",
                QT_TRANSLATE_NOOP("Actions", "On a snapshot: apply, rename, delete it")),
    GestureSpec("Menu, Shift+F10",
                QT_TRANSLATE_NOOP("Actions", "On a row, snapshot or picture: all it can do")),
    GestureSpec("← → ↑ ↓", QT_TRANSLATE_NOOP("Actions", "On a fader: 0.05 steps, with Shift 0.01")),
    GestureSpec("Home, End", QT_TRANSLATE_NOOP("Actions", "On a fader: 0.0 and 1.0")),
    GestureSpec("Alt+↑, Alt+↓", QT_TRANSLATE_NOOP("Actions", "On a row or snapshot: move it")),
    GestureSpec("Alt+Enter", QT_TRANSLATE_NOOP("Actions", "On a stack row: all about its adapter")),
    GestureSpec("Enter",
                QT_TRANSLATE_NOOP("Actions", "On a row’s picture: large, beside the whole one")),
    GestureSpec("Shift", QT_TRANSLATE_NOOP("Actions", "While that is large, held: each alone")),
    GestureSpec("Click, drag", QT_TRANSLATE_NOOP("Actions", "On the map: set both faders, live")),
    GestureSpec("← → ↑ ↓, Enter",
                QT_TRANSLATE_NOOP("Actions", "On the map: go to a point, set both faders")),
    GestureSpec("Drag, click",
                QT_TRANSLATE_NOOP("Actions", "On drawn blocks: paint strengths, type a number")),
    GestureSpec("← → ↑ ↓, Shift",
                QT_TRANSLATE_NOOP("Actions", "On drawn blocks: go to others, paint them")),
    GestureSpec("Enter", QT_TRANSLATE_NOOP("Actions", "On a module of the weights: its rows and "
                                                      "columns")),
    GestureSpec("Ctrl+C", QT_TRANSLATE_NOOP("Actions", "On modules and charts: copy the numbers")),
    GestureSpec("Shift+drag", QT_TRANSLATE_NOOP("Actions", "On a fader: fine, without detents")),
    GestureSpec("Double-click",
                QT_TRANSLATE_NOOP("Actions", "On a fader: 1.0; on a picture: fit")),
    GestureSpec("Wheel",
                QT_TRANSLATE_NOOP("Actions", "On the fader with the focus: nudge")),
    GestureSpec("Wheel", QT_TRANSLATE_NOOP("Actions", "On a picture: zoom there")),
    GestureSpec("Drag, ← → ↑ ↓", QT_TRANSLATE_NOOP("Actions", "On a picture: pan all pictures")),
    GestureSpec("← →, Home, End",
                QT_TRANSLATE_NOOP("Actions", "On the filmstrip: look, Esc looks away")),
    GestureSpec("Enter", QT_TRANSLATE_NOOP("Actions", "On the filmstrip: restore what made it")),
    GestureSpec("S", QT_TRANSLATE_NOOP("Actions", "On the filmstrip: star, so that it is kept")),
    GestureSpec("Drag", QT_TRANSLATE_NOOP("Actions", "From the filmstrip: restore in a pane")),
    GestureSpec("Enter, Double-click",
                QT_TRANSLATE_NOOP("Actions", "In the library: add to the stack, or open a base")),
    GestureSpec("S, N", QT_TRANSLATE_NOOP("Actions", "In the library: star; note, tags, strength")),
    GestureSpec("Space", QT_TRANSLATE_NOOP("Actions", "In the library: preview of a file")),
    GestureSpec("Drag", QT_TRANSLATE_NOOP("Actions", "From the library: into the stack of a pane")),
    GestureSpec("Drag",
                QT_TRANSLATE_NOOP("Actions", "On the line above a picture: to another place")),
    GestureSpec("Drag, Double-click",
                QT_TRANSLATE_NOOP("Actions", "On the line of a wipe: move it; to the middle")),
    GestureSpec("← → or ↑ ↓",
                QT_TRANSLATE_NOOP("Actions", "In a wipe: move the line, with Shift finely")),
    GestureSpec("Home, M, End",
                QT_TRANSLATE_NOOP("Actions", "In a wipe: line to an edge, the middle, an edge")),
    GestureSpec("T", QT_TRANSLATE_NOOP("Actions", "In a wipe: turn the line")),
    GestureSpec("X", QT_TRANSLATE_NOOP("Actions", "In a wipe or difference: change sides")),
    GestureSpec("PageUp, PageDown",
                QT_TRANSLATE_NOOP("Actions", "In a wipe or difference: another pane")),
    GestureSpec("+, −", QT_TRANSLATE_NOOP("Actions", "In a difference: gain")),
    GestureSpec("Esc", QT_TRANSLATE_NOOP("Actions", "On the picture: end loupe, wipe, difference")),
    GestureSpec("← → ↑ ↓",
                QT_TRANSLATE_NOOP("Actions", "With the loupe: one pixel, with Shift ten")),
    GestureSpec("Wheel, +, −", QT_TRANSLATE_NOOP("Actions", "With the loupe: how much larger")),
    GestureSpec("1 … 9, 0",
                QT_TRANSLATE_NOOP("Actions", "On stage: switch a row; base now, and back")),
    GestureSpec("← →", QT_TRANSLATE_NOOP("Actions", "On stage: the snapshots")),
    GestureSpec("Space, PageDown, PageUp",
                QT_TRANSLATE_NOOP("Actions", "On stage: the next cue, the one before")),
    GestureSpec("Tab, ↑ ↓",
                QT_TRANSLATE_NOOP("Actions", "On stage: the next row, its strength")),
    GestureSpec("V, B",
                QT_TRANSLATE_NOOP("Actions", "On stage: one picture or two; hold the base up")),
    GestureSpec("M", QT_TRANSLATE_NOOP("Actions", "On stage: learn a MIDI control for the row")),
    GestureSpec("Esc", QT_TRANSLATE_NOOP("Actions", "On stage: back to the studio")),
)
# fmt: on
