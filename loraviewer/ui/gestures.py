"""What keys and the mouse do besides actions, for the shortcut page."""

from dataclasses import dataclass

from loraviewer.core.sentences import say


@dataclass(frozen=True)
class GestureSpec:
    """One row: keys or a movement, and what it does where."""

    keys: str
    text: str


# fmt: off
GESTURES: tuple[GestureSpec, ...] = (
    GestureSpec("B", say("Hold: show the base in every pane")),
    GestureSpec(say("Enter"), say("Press the focused button (Space renders)")),
    GestureSpec(say("Enter"), say("In the prompt: take it, go to the picture")),
    GestureSpec(say("Ctrl+↑, Ctrl+↓"),
                say("In a prompt: the word at the cursor counts more, "
                                             "less")),
    GestureSpec("F6", say("In the map and the like: back to the panes")),
    GestureSpec(say("Ctrl+1 … Ctrl+9"), say("Go to row 1 … 9 of the stack")),
    GestureSpec(say("Del"), say("On a stack row: remove it")),
    GestureSpec(say("Ctrl+click, Shift+click"),
                say("Beside a row’s name: select one more, or all up to "
                                             "it")),
    GestureSpec(say("Ctrl+Shift+↑ ↓"),
                say("On a stack row: select the next too; Esc ends it")),
    GestureSpec(say("Enter, F, Del"),
                say("In the list of bases: load, favourite, forget")),
    GestureSpec(say("Enter, F2, Del"),
                say("On a snapshot: apply, rename, delete it")),
    GestureSpec(say("Menu, Shift+F10"),
                say("On a row, snapshot or picture: all it can do")),
    GestureSpec("← → ↑ ↓", say("On a fader: 0.05 steps, with Shift 0.01")),
    GestureSpec(say("Home, End"), say("On a fader: 0.0 and 1.0")),
    GestureSpec(say("Alt+↑, Alt+↓"), say("On a row or snapshot: move it")),
    GestureSpec(say("Alt+Enter"), say("On a stack row: all about its adapter")),
    GestureSpec(say("Enter"),
                say("On a row’s picture: large, beside the whole one")),
    GestureSpec(say("Shift"), say("While that is large, held: each alone")),
    GestureSpec(say("Click, drag"), say("On the map: set both faders, live")),
    GestureSpec(say("← → ↑ ↓, Enter"),
                say("On the map: go to a point, set both faders")),
    GestureSpec(say("Drag, click"),
                say("On drawn blocks: paint strengths, type a number")),
    GestureSpec(say("← → ↑ ↓, Shift"),
                say("On drawn blocks: go to others, paint them")),
    GestureSpec(say("Enter"), say("On a module of the weights: its rows and "
                                                      "columns")),
    GestureSpec(say("Ctrl+C"), say("On modules and charts: copy the numbers")),
    GestureSpec(say("Shift+drag"), say("On a fader: fine, without detents")),
    GestureSpec(say("Double-click"),
                say("On a fader: 1.0; on a picture: fit")),
    GestureSpec(say("Wheel"),
                say("On the fader with the focus: nudge")),
    GestureSpec(say("Wheel"), say("On a picture: zoom there")),
    GestureSpec(say("Drag, ← → ↑ ↓"), say("On a picture: pan all pictures")),
    GestureSpec(say("← →, Home, End"),
                say("On the filmstrip: look, Esc looks away")),
    GestureSpec(say("Enter"), say("On the filmstrip: restore what made it")),
    GestureSpec("S", say("On the filmstrip: star, so that it is kept")),
    GestureSpec(say("Drag"), say("From the filmstrip: restore in a pane")),
    GestureSpec(say("Enter, Double-click"),
                say("In the library: add to the stack, or open a base")),
    GestureSpec("S, N", say("In the library: star; note, tags, strength")),
    GestureSpec(say("Space"), say("In the library: preview of a file")),
    GestureSpec(say("Drag"), say("From the library: into the stack of a pane")),
    GestureSpec(say("Drag"),
                say("On the line above a picture: to another place")),
    GestureSpec(say("Drag, Double-click"),
                say("On the line of a wipe: move it; to the middle")),
    GestureSpec(say("← → or ↑ ↓"),
                say("In a wipe: move the line, with Shift finely")),
    GestureSpec(say("Home, M, End"),
                say("In a wipe: line to an edge, the middle, an edge")),
    GestureSpec("T", say("In a wipe: turn the line")),
    GestureSpec("X", say("In a wipe or difference: change sides")),
    GestureSpec(say("PageUp, PageDown"),
                say("In a wipe or difference: another pane")),
    GestureSpec("+, −", say("In a difference: gain")),
    GestureSpec(say("Esc"), say("On the picture: end loupe, wipe, difference")),
    GestureSpec("← → ↑ ↓",
                say("With the loupe: one pixel, with Shift ten")),
    GestureSpec(say("Wheel, +, −"), say("With the loupe: how much larger")),
    GestureSpec("1 … 9, 0",
                say("On stage: switch a row; base now, and back")),
    GestureSpec("← →", say("On stage: the snapshots")),
    GestureSpec(say("Space, PageDown, PageUp"),
                say("On stage: the next cue, the one before")),
    GestureSpec(say("Tab, ↑ ↓"),
                say("On stage: the next row, its strength")),
    GestureSpec("V, B",
                say("On stage: one picture or two; hold the base up")),
    GestureSpec("M", say("On stage: learn a MIDI control for the row")),
    GestureSpec(say("Esc"), say("On stage: back to the studio")),
)
# fmt: on
