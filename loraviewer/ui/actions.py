"""The one table of actions: menus, top bar, shortcuts and the shortcut page all come from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from loraviewer.ui.widgets.icons import icon

_CONTEXT = "Actions"


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    """Marks a word of the table for lupdate, which looks for this name; PySide6's has no type."""
    return text


@dataclass(frozen=True)
class ActionSpec:
    """One row. `group` makes checkable actions exclusive; `after_line` sets a separator above,
    `also_in` names a second menu, which it is the first row of."""

    id: str
    menu: str
    text: str
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    is_checkable: bool = False
    group: str = ""
    after_line: bool = False
    also_in: str = ""


_FILE = QT_TRANSLATE_NOOP("Actions", "&File")
_EDIT = QT_TRANSLATE_NOOP("Actions", "&Edit")
_VIEW = QT_TRANSLATE_NOOP("Actions", "&View")
_PANE = QT_TRANSLATE_NOOP("Actions", "&Pane")
_STACK = QT_TRANSLATE_NOOP("Actions", "&Stack")
_RENDER = QT_TRANSLATE_NOOP("Actions", "&Render")
_LAB = QT_TRANSLATE_NOOP("Actions", "&Lab")
_HELP = QT_TRANSLATE_NOOP("Actions", "&Help")
MENUS = (_FILE, _EDIT, _VIEW, _PANE, _STACK, _RENDER, _LAB, _HELP)

# fmt: off
ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new_session", _FILE, QT_TRANSLATE_NOOP("Actions", "New"), "", "Ctrl+N",
               QT_TRANSLATE_NOOP("Actions", "An empty stack on this base; what is open is kept.")),
    ActionSpec("open_session", _FILE, QT_TRANSLATE_NOOP("Actions", "Open session…"),
               "open", "Ctrl+O",
               QT_TRANSLATE_NOOP("Actions", "Panes, stacks and prompt that were saved together.")),
    ActionSpec("save_session", _FILE, QT_TRANSLATE_NOOP("Actions", "Save"), "save", "Ctrl+S",
               QT_TRANSLATE_NOOP("Actions", "Save panes, stacks and prompt as a session.")),
    ActionSpec("save_session_as", _FILE, QT_TRANSLATE_NOOP("Actions", "Save as…"),
               "", "Ctrl+Shift+S"),
    ActionSpec("add_files", _FILE, QT_TRANSLATE_NOOP("Actions", "Add adapter files…"),
               "add", "Ctrl+Shift+A",
               QT_TRANSLATE_NOOP("Actions", "Add .safetensors adapters to the stack."),
               after_line=True, also_in=_STACK),
    ActionSpec("open_picture", _FILE, QT_TRANSLATE_NOOP("Actions", "Open picture…"),
               "", "Ctrl+Alt+P",
               QT_TRANSLATE_NOOP("Actions", "Prompt, seed and adapters from a saved picture, "
                                            "also of other programs.")),
    ActionSpec("choose_base", _FILE, QT_TRANSLATE_NOOP("Actions", "Choose base…"),
               "", "Ctrl+B",
               QT_TRANSLATE_NOOP("Actions", "The demo, favourite and recent bases."),
               after_line=True),
    ActionSpec("open_folder", _FILE, QT_TRANSLATE_NOOP("Actions", "Open base folder…"),
               "open", "Ctrl+Shift+O",
               QT_TRANSLATE_NOOP("Actions", "Load a checkpoint stored as a diffusers folder.")),
    ActionSpec("open_file", _FILE, QT_TRANSLATE_NOOP("Actions", "Open base file…"),
               "file", "Ctrl+Alt+O",
               QT_TRANSLATE_NOOP("Actions", "Load a checkpoint stored as one .safetensors file.")),
    ActionSpec("favourite_base", _FILE, QT_TRANSLATE_NOOP("Actions", "Favourite base"),
               "star", "Ctrl+D",
               QT_TRANSLATE_NOOP("Actions", "Keep the loaded base at the top of the list."),
               is_checkable=True),
    ActionSpec("base_card", _FILE, QT_TRANSLATE_NOOP("Actions", "Details of the base…"),
               "info", "Ctrl+I",
               QT_TRANSLATE_NOOP("Actions", "What the base is, and what it predicts.")),
    ActionSpec("components_folder", _FILE,
               QT_TRANSLATE_NOOP("Actions", "Components folder…"), "",
               tip=QT_TRANSLATE_NOOP(
                   "Actions",
                   "Where text encoders, T5’s tokenizer and VAEs lie that a base file lacks.")),
    ActionSpec("save_picture", _FILE, QT_TRANSLATE_NOOP("Actions", "Save picture…"),
               "save", "Ctrl+E",
               QT_TRANSLATE_NOOP("Actions", "Save the picture with all it takes to repeat it."),
               after_line=True),
    ActionSpec("save_panes", _FILE, QT_TRANSLATE_NOOP("Actions", "Save all panes…"),
               "", "Ctrl+Shift+E",
               QT_TRANSLATE_NOOP("Actions", "The panes that are seen as one sheet, with words.")),
    ActionSpec("save_animation", _FILE, QT_TRANSLATE_NOOP("Actions", "Save animation…"),
               tip=QT_TRANSLATE_NOOP("Actions", "A fader on its way, as APNG or WebP.")),
    ActionSpec("export", _FILE, QT_TRANSLATE_NOOP("Actions", "Export the stack…"),
               "", "Ctrl+Alt+E",
               QT_TRANSLATE_NOOP("Actions", "As one adapter file or a checkpoint, and proven."),
               after_line=True),
    ActionSpec("export_comfy", _FILE,
               QT_TRANSLATE_NOOP("Actions", "Save as ComfyUI workflow…"),
               tip=QT_TRANSLATE_NOOP("Actions", "The picture's prompt, adapters and settings as "
                                                "nodes that ComfyUI opens.")),
    ActionSpec("settings", _FILE, QT_TRANSLATE_NOOP("Actions", "Settings…"), "", "Ctrl+,",
               QT_TRANSLATE_NOOP("Actions", "What stays as it is chosen; all of it counts at "
                                            "once, or says when."),
               after_line=True),
    ActionSpec("quit", _FILE, QT_TRANSLATE_NOOP("Actions", "Quit"), "", "Ctrl+Q", after_line=True),

    ActionSpec("undo", _EDIT, QT_TRANSLATE_NOOP("Actions", "Undo"), "undo", "Ctrl+Z",
               QT_TRANSLATE_NOOP("Actions", "Take back the last change of stack or prompt.")),
    ActionSpec("redo", _EDIT, QT_TRANSLATE_NOOP("Actions", "Redo"), "redo", "Ctrl+Shift+Z",
               QT_TRANSLATE_NOOP("Actions", "Do again what was taken back.")),
    ActionSpec("history", _EDIT, QT_TRANSLATE_NOOP("Actions", "History…"),
               "history", "Ctrl+Shift+H",
               QT_TRANSLATE_NOOP("Actions", "All steps; choose one to go there.")),
    ActionSpec("copy_picture", _EDIT, QT_TRANSLATE_NOOP("Actions", "Copy picture"),
               "copy", "Ctrl+Shift+C",
               after_line=True),
    ActionSpec("copy_prompt", _EDIT, QT_TRANSLATE_NOOP("Actions", "Copy as A1111 prompt"), "", "",
               QT_TRANSLATE_NOOP("Actions", "Prompt, adapters and settings as other programs "
                                            "read them.")),
    ActionSpec("copy_code", _EDIT, QT_TRANSLATE_NOOP("Actions", "Copy as diffusers code"), "", "",
               QT_TRANSLATE_NOOP("Actions", "A Python script that makes the picture again.")),
    ActionSpec("edit_prompt", _EDIT, QT_TRANSLATE_NOOP("Actions", "Go to the prompt"),
               "text", "Ctrl+P", after_line=True),
    ActionSpec("prompts", _EDIT, QT_TRANSLATE_NOOP("Actions", "Earlier prompts…"),
               "history", "Ctrl+Alt+H",
               QT_TRANSLATE_NOOP("Actions", "Prompts that pictures were made of, and favourites.")),
    ActionSpec("older_prompt", _EDIT, QT_TRANSLATE_NOOP("Actions", "Older prompt"), "", "Alt+Up"),
    ActionSpec("newer_prompt", _EDIT, QT_TRANSLATE_NOOP("Actions", "Newer prompt"), "", "Alt+Down"),
    ActionSpec("write_prompt", _EDIT, QT_TRANSLATE_NOOP("Actions", "Ask a language model…"),
               "write", "Ctrl+Alt+L",
               QT_TRANSLATE_NOOP("Actions", "Prompts from a model on a server of your choice; you "
                                            "see them before any is used.")),
    ActionSpec("new_seed", _EDIT, QT_TRANSLATE_NOOP("Actions", "New random seed"),
               "dice", "Ctrl+R"),
    ActionSpec("keep_seed", _EDIT, QT_TRANSLATE_NOOP("Actions", "Keep the seed"),
               "locked", "Ctrl+Shift+R",
               QT_TRANSLATE_NOOP("Actions", "Off: every Render starts from a new seed."),
               is_checkable=True),
    ActionSpec("wildcards_folder", _EDIT, QT_TRANSLATE_NOOP("Actions", "Wildcards folder…"),
               tip=QT_TRANSLATE_NOOP("Actions", "Where colour.txt lies, a line of which stands in "
                                                "for __colour__ in the prompt.")),
    ActionSpec("weigh_words", _EDIT, QT_TRANSLATE_NOOP("Actions", "Weights in prompts"), "", "",
               QT_TRANSLATE_NOOP("Actions", "(word:1.2) counts more, [word] less; off: all of it "
                                            "is letters, and long prompts are cut."),
               is_checkable=True),

    ActionSpec("layout_1", _VIEW, QT_TRANSLATE_NOOP("Actions", "One pane"), "", "Alt+1",
               QT_TRANSLATE_NOOP("Actions", "Only the active pane; the others are kept."),
               is_checkable=True, group="layout"),
    ActionSpec("layout_2", _VIEW, QT_TRANSLATE_NOOP("Actions", "Two panes"), "", "Alt+2",
               is_checkable=True, group="layout"),
    ActionSpec("layout_4", _VIEW, QT_TRANSLATE_NOOP("Actions", "Four panes"), "", "Alt+4",
               is_checkable=True, group="layout"),
    ActionSpec("layout_6", _VIEW, QT_TRANSLATE_NOOP("Actions", "Six panes"), "", "Alt+6",
               is_checkable=True, group="layout"),
    ActionSpec("zoom_in", _VIEW, QT_TRANSLATE_NOOP("Actions", "Zoom in"), "", "Ctrl++",
               after_line=True),
    ActionSpec("zoom_out", _VIEW, QT_TRANSLATE_NOOP("Actions", "Zoom out"), "", "Ctrl+-"),
    ActionSpec("zoom_fit", _VIEW, QT_TRANSLATE_NOOP("Actions", "Fit"), "fit", "Ctrl+0"),
    ActionSpec("zoom_actual", _VIEW, QT_TRANSLATE_NOOP("Actions", "Actual pixels (1:1)"),
               "actual", "Ctrl+Alt+0"),
    ActionSpec("look_grid", _VIEW, QT_TRANSLATE_NOOP("Actions", "All panes"), "", "",
               QT_TRANSLATE_NOOP("Actions", "Every pane in its place."),
               is_checkable=True, group="look", after_line=True),
    ActionSpec("look_wipe", _VIEW, QT_TRANSLATE_NOOP("Actions", "Wipe"), "wipe", "Ctrl+Shift+W",
               QT_TRANSLATE_NOOP("Actions", "Two panes over each other, split by a line."),
               is_checkable=True, group="look"),
    ActionSpec("look_difference", _VIEW, QT_TRANSLATE_NOOP("Actions", "Difference"),
               "difference", "Ctrl+Shift+D",
               QT_TRANSLATE_NOOP("Actions", "What two panes differ in, pixel by pixel."),
               is_checkable=True, group="look"),
    ActionSpec("blink", _VIEW, QT_TRANSLATE_NOOP("Actions", "Blink"), "", "Ctrl+K",
               QT_TRANSLATE_NOOP("Actions", "Show the base and each pane in turns."),
               is_checkable=True),
    ActionSpec("loupe", _VIEW, QT_TRANSLATE_NOOP("Actions", "Loupe"), "loupe", "L",
               QT_TRANSLATE_NOOP("Actions", "The same spot of all pictures, enlarged."),
               is_checkable=True),
    ActionSpec("filmstrip", _VIEW, QT_TRANSLATE_NOOP("Actions", "Filmstrip"), "", "Ctrl+Alt+F",
               QT_TRANSLATE_NOOP("Actions", "Finished pictures, also of earlier days."),
               is_checkable=True),
    ActionSpec("library", _VIEW, QT_TRANSLATE_NOOP("Actions", "Library"), "", "Ctrl+Shift+L",
               QT_TRANSLATE_NOOP("Actions", "Adapters and checkpoints of your folders, to be found "
                                            "and added by name."),
               is_checkable=True),
    ActionSpec("present", _VIEW, QT_TRANSLATE_NOOP("Actions", "On stage"), "", "F11",
               QT_TRANSLATE_NOOP("Actions", "Pictures and large faders over the whole screen; Esc "
                                            "comes back."),
               after_line=True),
    ActionSpec("next_region", _VIEW, QT_TRANSLATE_NOOP("Actions", "Next part of the window"),
               "", "F6",
               QT_TRANSLATE_NOOP("Actions", "Base, notices, library, pictures, filmstrip, weights, "
                                            "stack, prompt."),
               after_line=True),
    ActionSpec("previous_region", _VIEW,
               QT_TRANSLATE_NOOP("Actions", "Previous part of the window"), "", "Shift+F6"),
    ActionSpec("smooth", _VIEW, QT_TRANSLATE_NOOP("Actions", "Smooth pixels"), "", "Ctrl+Shift+P",
               is_checkable=True, after_line=True),
    ActionSpec("theme_system", _VIEW, QT_TRANSLATE_NOOP("Actions", "Colours of the system"),
               is_checkable=True, group="theme", after_line=True),
    ActionSpec("theme_light", _VIEW, QT_TRANSLATE_NOOP("Actions", "Light"),
               is_checkable=True, group="theme"),
    ActionSpec("theme_dark", _VIEW, QT_TRANSLATE_NOOP("Actions", "Dark"),
               is_checkable=True, group="theme"),

    ActionSpec("pin_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Pin"), "pin", "P",
               QT_TRANSLATE_NOOP("Actions", "Keep what the active pane shows in one of its own.")),
    ActionSpec("duplicate_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Duplicate"), "", "Shift+P",
               QT_TRANSLATE_NOOP("Actions", "Pin the active pane, and go on in the copy.")),
    ActionSpec("freeze_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Freeze"),
               "frozen", "Ctrl+Shift+F",
               QT_TRANSLATE_NOOP("Actions", "Keep prompt, seed and size while others follow."),
               is_checkable=True),
    ActionSpec("swap_next", _PANE, QT_TRANSLATE_NOOP("Actions", "Swap with the next pane"),
               "", "Alt+Right",
               QT_TRANSLATE_NOOP("Actions", "Or drag the line above a picture."), after_line=True),
    ActionSpec("swap_previous", _PANE, QT_TRANSLATE_NOOP("Actions", "Swap with the previous pane"),
               "", "Alt+Left"),
    ActionSpec("swap_beside_base", _PANE,
               QT_TRANSLATE_NOOP("Actions", "Swap with the pane beside the base"),
               "", "Alt+Home"),
    ActionSpec("compare_with", _PANE,
               QT_TRANSLATE_NOOP("Actions", "Make it the base of the comparison"), "eye", "",
               QT_TRANSLATE_NOOP("Actions", "Holding B shows this pane in every other one."),
               is_checkable=True, after_line=True),
    ActionSpec("close_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Close"), "close", "Ctrl+W",
               QT_TRANSLATE_NOOP("Actions", "Undo brings it back."), after_line=True),
    ActionSpec("next_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Next pane"), "", "Ctrl+Tab",
               QT_TRANSLATE_NOOP("Actions", "The strips edit the stack of the next pane."),
               after_line=True),
    ActionSpec("previous_pane", _PANE, QT_TRANSLATE_NOOP("Actions", "Previous pane"),
               "", "Ctrl+Shift+Tab"),

    ActionSpec("all_off", _STACK, QT_TRANSLATE_NOOP("Actions", "All off"), "off", "Ctrl+Shift+X",
               QT_TRANSLATE_NOOP("Actions", "Switch every row off; their strengths are kept.")),
    ActionSpec("reset_master", _STACK, QT_TRANSLATE_NOOP("Actions", "Reset master to 1.0"),
               "reset"),
    ActionSpec("select_rows", _STACK, QT_TRANSLATE_NOOP("Actions", "Select all rows"),
               "", "Ctrl+A",
               QT_TRANSLATE_NOOP("Actions", "Then the controls of each row are for all of them."),
               after_line=True),
    ActionSpec("copy_rows", _STACK, QT_TRANSLATE_NOOP("Actions", "Copy rows"), "copy", "Ctrl+C",
               QT_TRANSLATE_NOOP("Actions", "Those that are selected, or the one with the "
                                            "keyboard; as tags for other programs.")),
    ActionSpec("paste_rows", _STACK, QT_TRANSLATE_NOOP("Actions", "Paste rows"), "", "Ctrl+V",
               QT_TRANSLATE_NOOP("Actions", "Rows from any pane or studio, or the adapters of a "
                                            "prompt with tags.")),
    ActionSpec("remove_rows", _STACK, QT_TRANSLATE_NOOP("Actions", "Remove rows"),
               tip=QT_TRANSLATE_NOOP("Actions", "As Delete on one of them; undo brings them "
                                                "back.")),
    ActionSpec("balance_rows", _STACK, QT_TRANSLATE_NOOP("Actions", "Balance…"),
               tip=QT_TRANSLATE_NOOP("Actions", "Equal energy: each adapter changes the weights "
                                                "as much as the others.")),
    ActionSpec("take_snapshot", _STACK, QT_TRANSLATE_NOOP("Actions", "Snapshot"),
               "snapshot", "Ctrl+Shift+N",
               QT_TRANSLATE_NOOP("Actions", "Keep this stack under a name, to go back to it."),
               after_line=True),
    ActionSpec("previous_snapshot", _STACK,
               QT_TRANSLATE_NOOP("Actions", "Previous snapshot"), "", "["),
    ActionSpec("next_snapshot", _STACK, QT_TRANSLATE_NOOP("Actions", "Next snapshot"), "", "]"),
    ActionSpec("cues", _STACK, QT_TRANSLATE_NOOP("Actions", "Cues…"),
               tip=QT_TRANSLATE_NOOP("Actions", "What is shown on stage one after the other, and "
                                                "said about it.")),
    ActionSpec("compare_stacks", _STACK, QT_TRANSLATE_NOOP("Actions", "Compare stacks…"),
               "compare", "",
               QT_TRANSLATE_NOOP("Actions", "What differs between snapshots, panes, the present.")),
    ActionSpec("ablation", _STACK,
               QT_TRANSLATE_NOOP("Actions", "Show pictures without each adapter"), "", "Alt+A",
               QT_TRANSLATE_NOOP("Actions", "On each row, what the picture would be without it; "
                                            "made while the machine is idle."),
               is_checkable=True, after_line=True),
    ActionSpec("map", _STACK, QT_TRANSLATE_NOOP("Actions", "Map of two faders…"), "", "Ctrl+M",
               QT_TRANSLATE_NOOP("Actions", "A plane of pictures over two faders; a click sets "
                                            "both.")),
    ActionSpec("verify", _STACK, QT_TRANSLATE_NOOP("Actions", "Verify the weights"),
               "verify", "Ctrl+Shift+V",
               QT_TRANSLATE_NOOP("Actions", "Compare each live weight with what it must be."),
               after_line=True),

    ActionSpec("render", _RENDER, QT_TRANSLATE_NOOP("Actions", "Render"), "render", "Space",
               QT_TRANSLATE_NOOP("Actions", "Render all pictures now, at full quality.")),
    ActionSpec("stop", _RENDER, QT_TRANSLATE_NOOP("Actions", "Stop"), "stop", "Esc",
               QT_TRANSLATE_NOOP("Actions", "Stop rendering or loading; the last pictures stay.")),
    ActionSpec("verify_picture", _RENDER, QT_TRANSLATE_NOOP("Actions", "Verify picture…"),
               tip=QT_TRANSLATE_NOOP("Actions", "Make a saved picture again, and compare them.")),
    ActionSpec("live", _RENDER, QT_TRANSLATE_NOOP("Actions", "Live"), "live", "Ctrl+L",
               QT_TRANSLATE_NOOP("Actions", "Live: every change shows a new picture at once."),
               is_checkable=True, after_line=True),

    ActionSpec("weights", _LAB, QT_TRANSLATE_NOOP("Actions", "Weights"), "", "F2",
               QT_TRANSLATE_NOOP("Actions", "What the stack does to the weights: how strong it is, "
                                            "where, and which adapters fight."),
               is_checkable=True),
    ActionSpec("experiments", _LAB, QT_TRANSLATE_NOOP("Actions", "Experiments"), "", "F3",
               QT_TRANSLATE_NOOP("Actions", "Many pictures by one plan, measured against the base: "
                                            "ladders, sweeps, and what is gone when one leaves."),
               is_checkable=True),
    ActionSpec("claims", _LAB, QT_TRANSLATE_NOOP("Actions", "Claims…"), "", "",
               QT_TRANSLATE_NOOP("Actions", "What is argued about stacks of adapters, each with an "
                                            "experiment to try."),
               after_line=True),

    ActionSpec("shortcuts", _HELP, QT_TRANSLATE_NOOP("Actions", "Keyboard shortcuts"),
               "keyboard", "?"),
    ActionSpec("tour", _HELP, QT_TRANSLATE_NOOP("Actions", "Tour"),
               tip=QT_TRANSLATE_NOOP("Actions", "Five hints, each beside what it is about.")),
    ActionSpec("show_log", _HELP, QT_TRANSLATE_NOOP("Actions", "Show the log in its folder"), "",
               tip=QT_TRANSLATE_NOOP("Actions", "What went wrong, with all details."),
               after_line=True),
    ActionSpec("copy_report", _HELP, QT_TRANSLATE_NOOP("Actions", "Copy a report"), "", "",
               QT_TRANSLATE_NOOP("Actions", "Versions, device and the end of the log, for who is "
                                            "to mend a fault.")),
    ActionSpec("about", _HELP, QT_TRANSLATE_NOOP("Actions", "About loraviewer"), "info"),
)
# fmt: on


class Actions(QObject):
    """QActions for the whole table."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {spec.id: self._made(spec) for spec in ACTIONS}
        self.draw_icons(window.palette())

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def connect_to(self, slots: Mapping[str, Callable[..., object]]) -> None:
        """One slot for each id of the table; KeyError for a row without one."""
        for spec in ACTIONS:
            self._actions[spec.id].triggered.connect(slots[spec.id])

    def fill(self, menu_bar: QMenuBar, submenus: Mapping[str, QMenu]) -> None:
        """One menu per name in `MENUS`, with the rows of the table in their order; a submenu
        comes before the action whose id it is given under."""
        for name in MENUS:
            menu = menu_bar.addMenu(translated(name))
            menu.setToolTipsVisible(True)
            for spec in ACTIONS:
                if spec.also_in == name:
                    menu.addAction(self._actions[spec.id])
                    menu.addSeparator()
            self._fill_menu(menu, (spec for spec in ACTIONS if spec.menu == name))
            for action_id, submenu in submenus.items():
                if self._actions[action_id] in menu.actions():
                    menu.insertMenu(self._actions[action_id], submenu)

    def keep_keys_in(self, action_id: str, places: Iterable[QWidget]) -> None:
        """Its keys count only while the keyboard is in one of these places; elsewhere they are
        anybody's."""
        action = self._actions[action_id]
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._window.removeAction(action)
        for place in places:
            place.addAction(action)

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
    return tip_of(translated(spec.tip or spec.text), spec)


def tip_of(words: str, spec: ActionSpec) -> str:
    """A sentence with the keys of an action."""
    return f"{words} ({shortcut_text(spec)})" if spec.shortcut else words


def spec_of(action_id: str) -> ActionSpec:
    """KeyError for an id that is not in the table."""
    return {spec.id: spec for spec in ACTIONS}[action_id]
