"""The one table of actions: menus, top bar, shortcuts and the shortcut page all come from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from loraviewer.ui.icons import icon

_CONTEXT = "Actions"


@dataclass(frozen=True)
class ActionSpec:
    """One row. `group` makes checkable actions exclusive; `after_line` sets a separator above."""

    id: str
    menu: str
    text: str
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    is_checkable: bool = False
    group: str = ""
    after_line: bool = False


@dataclass(frozen=True)
class GestureSpec:
    """What keys and the mouse do besides actions; only for the shortcut page."""

    keys: str
    text: str


_T = QT_TRANSLATE_NOOP
_FILE = str(_T(_CONTEXT, "&File"))
_EDIT = str(_T(_CONTEXT, "&Edit"))
_VIEW = str(_T(_CONTEXT, "&View"))
_STACK = str(_T(_CONTEXT, "&Stack"))
_RENDER = str(_T(_CONTEXT, "&Render"))
_HELP = str(_T(_CONTEXT, "&Help"))
MENUS = (_FILE, _EDIT, _VIEW, _STACK, _RENDER, _HELP)

# fmt: off
ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("add_files", _FILE, _T(_CONTEXT, "Add adapter files…"), "add", "Ctrl+Shift+A",
               _T(_CONTEXT, "Add .safetensors adapters to the stack.")),
    ActionSpec("open_folder", _FILE, _T(_CONTEXT, "Open base folder…"), "open", "Ctrl+Shift+O",
               _T(_CONTEXT, "Load a checkpoint stored as a diffusers folder."), after_line=True),
    ActionSpec("open_file", _FILE, _T(_CONTEXT, "Open base file…"), "file", "Ctrl+O",
               _T(_CONTEXT, "Load a checkpoint stored as one .safetensors file.")),
    ActionSpec("save_picture", _FILE, _T(_CONTEXT, "Save picture…"), "save", "Ctrl+S",
               _T(_CONTEXT, "Save the current picture with everything needed to repeat it."),
               after_line=True),
    ActionSpec("quit", _FILE, _T(_CONTEXT, "Quit"), "", "Ctrl+Q", after_line=True),

    ActionSpec("undo", _EDIT, _T(_CONTEXT, "Undo"), "undo", "Ctrl+Z",
               _T(_CONTEXT, "Take back the last change of the stack or the prompt.")),
    ActionSpec("redo", _EDIT, _T(_CONTEXT, "Redo"), "redo", "Ctrl+Shift+Z",
               _T(_CONTEXT, "Do again what was taken back.")),
    ActionSpec("copy_picture", _EDIT, _T(_CONTEXT, "Copy picture"), "copy", "Ctrl+Shift+C",
               after_line=True),
    ActionSpec("edit_prompt", _EDIT, _T(_CONTEXT, "Go to the prompt"), "text", "Ctrl+P"),
    ActionSpec("new_seed", _EDIT, _T(_CONTEXT, "New random seed"), "dice", "Ctrl+R"),

    ActionSpec("zoom_in", _VIEW, _T(_CONTEXT, "Zoom in"), "", "Ctrl++"),
    ActionSpec("zoom_out", _VIEW, _T(_CONTEXT, "Zoom out"), "", "Ctrl+-"),
    ActionSpec("zoom_fit", _VIEW, _T(_CONTEXT, "Fit"), "fit", "Ctrl+0"),
    ActionSpec("zoom_actual", _VIEW, _T(_CONTEXT, "Actual pixels (1:1)"), "actual", "Ctrl+1"),
    ActionSpec("smooth", _VIEW, _T(_CONTEXT, "Smooth pixels"), "", "Ctrl+Shift+P",
               is_checkable=True, after_line=True),
    ActionSpec("theme_system", _VIEW, _T(_CONTEXT, "Colours of the system"),
               is_checkable=True, group="theme", after_line=True),
    ActionSpec("theme_light", _VIEW, _T(_CONTEXT, "Light"), is_checkable=True, group="theme"),
    ActionSpec("theme_dark", _VIEW, _T(_CONTEXT, "Dark"), is_checkable=True, group="theme"),

    ActionSpec("all_off", _STACK, _T(_CONTEXT, "All off"), "off", "Ctrl+Shift+X",
               _T(_CONTEXT, "Switch every row off; strengths are kept.")),
    ActionSpec("reset_master", _STACK, _T(_CONTEXT, "Reset master to 1.0"), "reset"),
    ActionSpec("verify", _STACK, _T(_CONTEXT, "Verify the weights"), "verify", "Ctrl+Shift+V",
               _T(_CONTEXT, "Compare every live weight with what the stack must give."),
               after_line=True),

    ActionSpec("render", _RENDER, _T(_CONTEXT, "Render"), "render", "Space",
               _T(_CONTEXT, "Render both pictures now, at full quality.")),
    ActionSpec("stop", _RENDER, _T(_CONTEXT, "Stop"), "stop", "Esc",
               _T(_CONTEXT, "Stop rendering or loading; the last pictures stay.")),
    ActionSpec("live", _RENDER, _T(_CONTEXT, "Live"), "live", "Ctrl+L",
               _T(_CONTEXT, "Live: every change shows a new picture as soon as it can."),
               is_checkable=True, after_line=True),

    ActionSpec("shortcuts", _HELP, _T(_CONTEXT, "Keyboard shortcuts"), "keyboard", "?"),
    ActionSpec("about", _HELP, _T(_CONTEXT, "About loraviewer"), "info"),
)

GESTURES: tuple[GestureSpec, ...] = (
    GestureSpec("B", _T(_CONTEXT, "Hold: show the base in the current pane")),
    GestureSpec("Enter", _T(_CONTEXT, "Press the focused button (Space always renders)")),
    GestureSpec("← → ↑ ↓", _T(_CONTEXT, "On a fader: 0.05 steps, with Shift 0.01")),
    GestureSpec("Home, End", _T(_CONTEXT, "On a fader: 0.0 and 1.0")),
    GestureSpec("Alt+↑, Alt+↓", _T(_CONTEXT, "On a stack row: move it up or down")),
    GestureSpec("Shift+drag", _T(_CONTEXT, "On a fader: fine, without detents")),
    GestureSpec("Double-click", _T(_CONTEXT, "On a fader: 1.0; on a picture: fit")),
    GestureSpec("Wheel", _T(_CONTEXT, "On a fader: nudge; on a picture: zoom at the pointer")),
    GestureSpec("Drag", _T(_CONTEXT, "On a picture: pan both pictures")),
)
# fmt: on


class Actions(QObject):
    """QActions for the whole table, connected to one slot each."""

    def __init__(self, window: QWidget, slots: Mapping[str, Callable[..., object]]) -> None:
        super().__init__(window)
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {spec.id: self._made(spec) for spec in ACTIONS}
        for spec in ACTIONS:
            self._actions[spec.id].triggered.connect(slots[spec.id])
        self.draw_icons(window.palette())

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def fill(self, menu_bar: QMenuBar) -> None:
        """One menu per name in `MENUS`, with the rows of the table in their order."""
        for name in MENUS:
            menu = menu_bar.addMenu(translated(name))
            menu.setToolTipsVisible(True)
            self._fill_menu(menu, (spec for spec in ACTIONS if spec.menu == name))

    def draw_icons(self, palette: QPalette) -> None:
        """Anew in the colours of a palette."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(icon(spec.icon, palette))

    def _made(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self._window)
        action.setObjectName(spec.id)
        action.setCheckable(spec.is_checkable)
        action.setAutoRepeat(spec.id in ("undo", "redo", "zoom_in", "zoom_out"))
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        action.setToolTip(tip_text(spec))
        if spec.group:
            self._group(spec.group).addAction(action)
        self._window.addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]

    def _fill_menu(self, menu: QMenu, specs: Iterable[ActionSpec]) -> None:
        for spec in specs:
            if spec.after_line:
                menu.addSeparator()
            menu.addAction(self._actions[spec.id])


def translated(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


def shortcut_text(spec: ActionSpec) -> str:
    return QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def tip_text(spec: ActionSpec) -> str:
    """The sentence about the action, with its keys."""
    words = translated(spec.tip or spec.text)
    return f"{words} ({shortcut_text(spec)})" if spec.shortcut else words
