"""The one table of actions: menus, top bar, shortcuts and the shortcut page all come from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.sentences import say
from loraviewer.ui.widgets.icons import icon, icon_colours


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


_FILE = say("&File")
_EDIT = say("&Edit")
_VIEW = say("&View")
_PANE = say("&Pane")
_STACK = say("&Stack")
_RENDER = say("&Render")
_LAB = say("&Lab")
_HELP = say("&Help")
MENUS = (_FILE, _EDIT, _VIEW, _PANE, _STACK, _RENDER, _LAB, _HELP)

# fmt: off
ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new_session", _FILE, say("New"), "", "Ctrl+N",
               say("An empty stack on this base; what is open is kept.")),
    ActionSpec("open_session", _FILE, say("Open session…"),
               "open", "Ctrl+O",
               say("Panes, stacks and prompt that were saved together.")),
    ActionSpec("save_session", _FILE, say("Save"), "save", "Ctrl+S",
               say("Save panes, stacks and prompt as a session.")),
    ActionSpec("save_session_as", _FILE, say("Save as…"),
               "", "Ctrl+Shift+S"),
    ActionSpec("add_files", _FILE, say("Add adapter files…"),
               "add", "Ctrl+Shift+A",
               say("Add .safetensors adapters to the stack."),
               after_line=True, also_in=_STACK),
    ActionSpec("open_picture", _FILE, say("Open picture…"),
               "", "Ctrl+Alt+P",
               say("Prompt, seed and adapters from a saved picture, "
                                            "also of other programs.")),
    ActionSpec("choose_base", _FILE, say("Choose base…"),
               "", "Ctrl+B",
               say("The demo, favourite and recent bases."),
               after_line=True),
    ActionSpec("open_folder", _FILE, say("Open base folder…"),
               "open", "Ctrl+Shift+O",
               say("Load a checkpoint stored as a diffusers folder.")),
    ActionSpec("open_file", _FILE, say("Open base file…"),
               "file", "Ctrl+Alt+O",
               say("Load a checkpoint stored as one .safetensors file.")),
    ActionSpec("favourite_base", _FILE, say("Favourite base"),
               "star", "Ctrl+D",
               say("Keep the loaded base at the top of the list."),
               is_checkable=True),
    ActionSpec("base_card", _FILE, say("Details of the base…"),
               "info", "Ctrl+I",
               say("What the base is, and what it predicts.")),
    ActionSpec("components_folder", _FILE,
               say("Components folder…"), "",
               tip=say("Where text encoders, T5’s tokenizer and VAEs lie that a base file lacks.")),
    ActionSpec("save_picture", _FILE, say("Save picture…"),
               "save", "Ctrl+E",
               say("Save the picture with all it takes to repeat it."),
               after_line=True),
    ActionSpec("save_panes", _FILE, say("Save all panes…"),
               "", "Ctrl+Shift+E",
               say("The panes that are seen as one sheet, with words.")),
    ActionSpec("save_animation", _FILE, say("Save animation…"),
               tip=say("A fader on its way, as APNG or WebP.")),
    ActionSpec("export", _FILE, say("Export the stack…"),
               "", "Ctrl+Alt+E",
               say("As one adapter file or a checkpoint, and proven."),
               after_line=True),
    ActionSpec("export_comfy", _FILE,
               say("Save as ComfyUI workflow…"),
               tip=say("The picture's prompt, adapters and settings as "
                                                "nodes that ComfyUI opens.")),
    ActionSpec("settings", _FILE, say("Settings…"), "", "Ctrl+,",
               say("What stays as it is chosen; all of it counts at "
                                            "once, or says when."),
               after_line=True),
    ActionSpec("quit", _FILE, say("Quit"), "", "Ctrl+Q", after_line=True),

    ActionSpec("undo", _EDIT, say("Undo"), "undo", "Ctrl+Z",
               say("Take back the last change of stack or prompt.")),
    ActionSpec("redo", _EDIT, say("Redo"), "redo", "Ctrl+Shift+Z",
               say("Do again what was taken back.")),
    ActionSpec("history", _EDIT, say("History…"),
               "history", "Ctrl+Shift+H",
               say("All steps; choose one to go there.")),
    ActionSpec("copy_picture", _EDIT, say("Copy picture"),
               "copy", "Ctrl+Shift+C",
               after_line=True),
    ActionSpec("copy_prompt", _EDIT, say("Copy as A1111 prompt"), "", "",
               say("Prompt, adapters and settings as other programs "
                                            "read them.")),
    ActionSpec("copy_code", _EDIT, say("Copy as diffusers code"), "", "",
               say("A Python script that makes the picture again.")),
    ActionSpec("edit_prompt", _EDIT, say("Go to the prompt"),
               "text", "Ctrl+P", after_line=True),
    ActionSpec("prompts", _EDIT, say("Earlier prompts…"),
               "history", "Ctrl+Alt+H",
               say("Prompts that pictures were made of, and favourites.")),
    ActionSpec("older_prompt", _EDIT, say("Older prompt"), "", "Alt+Up"),
    ActionSpec("newer_prompt", _EDIT, say("Newer prompt"), "", "Alt+Down"),
    ActionSpec("write_prompt", _EDIT, say("Ask a language model…"),
               "write", "Ctrl+Alt+L",
               say("Prompts from a model on a server of your choice; you "
                                            "see them before any is used.")),
    ActionSpec("new_seed", _EDIT, say("New random seed"),
               "dice", "Ctrl+R"),
    ActionSpec("keep_seed", _EDIT, say("Keep the seed"),
               "locked", "Ctrl+Shift+R",
               say("Off: every Render starts from a new seed."),
               is_checkable=True),
    ActionSpec("wildcards_folder", _EDIT, say("Wildcards folder…"),
               tip=say("Where colour.txt lies, a line of which stands in "
                                                "for __colour__ in the prompt.")),
    ActionSpec("weigh_words", _EDIT, say("Weights in prompts"), "", "",
               say("(word:1.2) counts more, [word] less; off: all of it "
                                            "is letters, and long prompts are cut."),
               is_checkable=True),

    ActionSpec("layout_1", _VIEW, say("One pane"), "", "Alt+1",
               say("Only the active pane; the others are kept."),
               is_checkable=True, group="layout"),
    ActionSpec("layout_2", _VIEW, say("Two panes"), "", "Alt+2",
               is_checkable=True, group="layout"),
    ActionSpec("layout_4", _VIEW, say("Four panes"), "", "Alt+4",
               is_checkable=True, group="layout"),
    ActionSpec("layout_6", _VIEW, say("Six panes"), "", "Alt+6",
               is_checkable=True, group="layout"),
    ActionSpec("zoom_in", _VIEW, say("Zoom in"), "", "Ctrl++",
               after_line=True),
    ActionSpec("zoom_out", _VIEW, say("Zoom out"), "", "Ctrl+-"),
    ActionSpec("zoom_fit", _VIEW, say("Fit"), "fit", "Ctrl+0"),
    ActionSpec("zoom_actual", _VIEW, say("Actual pixels (1:1)"),
               "actual", "Ctrl+Alt+0"),
    ActionSpec("look_grid", _VIEW, say("All panes"), "", "",
               say("Every pane in its place."),
               is_checkable=True, group="look", after_line=True),
    ActionSpec("look_wipe", _VIEW, say("Wipe"), "wipe", "Ctrl+Shift+W",
               say("Two panes over each other, split by a line."),
               is_checkable=True, group="look"),
    ActionSpec("look_difference", _VIEW, say("Difference"),
               "difference", "Ctrl+Shift+D",
               say("What two panes differ in, pixel by pixel."),
               is_checkable=True, group="look"),
    ActionSpec("blink", _VIEW, say("Blink"), "", "Ctrl+K",
               say("Show the base and each pane in turns."),
               is_checkable=True),
    ActionSpec("loupe", _VIEW, say("Loupe"), "loupe", "L",
               say("The same spot of all pictures, enlarged."),
               is_checkable=True),
    ActionSpec("filmstrip", _VIEW, say("Filmstrip"), "", "Ctrl+Alt+F",
               say("Finished pictures, also of earlier days."),
               is_checkable=True),
    ActionSpec("library", _VIEW, say("Library"), "", "Ctrl+Shift+L",
               say("Adapters and checkpoints of your folders, to be found "
                                            "and added by name."),
               is_checkable=True),
    ActionSpec("present", _VIEW, say("On stage"), "", "F11",
               say("Pictures and large faders over the whole screen; Esc "
                                            "comes back."),
               after_line=True),
    ActionSpec("next_region", _VIEW, say("Next part of the window"),
               "", "F6",
               say("Base, notices, library, pictures, filmstrip, weights, "
                                            "stack, prompt."),
               after_line=True),
    ActionSpec("previous_region", _VIEW,
               say("Previous part of the window"), "", "Shift+F6"),
    ActionSpec("smooth", _VIEW, say("Smooth pixels"), "", "Ctrl+Shift+P",
               is_checkable=True, after_line=True),
    ActionSpec("theme_system", _VIEW, say("Colours of the system"),
               is_checkable=True, group="theme", after_line=True),
    ActionSpec("theme_light", _VIEW, say("Light"),
               is_checkable=True, group="theme"),
    ActionSpec("theme_dark", _VIEW, say("Dark"),
               is_checkable=True, group="theme"),

    ActionSpec("pin_pane", _PANE, say("Pin"), "pin", "P",
               say("Keep what the active pane shows in one of its own.")),
    ActionSpec("duplicate_pane", _PANE, say("Duplicate"), "", "Shift+P",
               say("Pin the active pane, and go on in the copy.")),
    ActionSpec("freeze_pane", _PANE, say("Freeze"),
               "frozen", "Ctrl+Shift+F",
               say("Keep prompt, seed and size while others follow."),
               is_checkable=True),
    ActionSpec("swap_next", _PANE, say("Swap with the next pane"),
               "", "Alt+Right",
               say("Or drag the line above a picture."), after_line=True),
    ActionSpec("swap_previous", _PANE, say("Swap with the previous pane"),
               "", "Alt+Left"),
    ActionSpec("swap_beside_base", _PANE,
               say("Swap with the pane beside the base"),
               "", "Alt+Home"),
    ActionSpec("compare_with", _PANE,
               say("Make it the base of the comparison"), "eye", "",
               say("Holding B shows this pane in every other one."),
               is_checkable=True, after_line=True),
    ActionSpec("close_pane", _PANE, say("Close"), "close", "Ctrl+W",
               say("Undo brings it back."), after_line=True),
    ActionSpec("next_pane", _PANE, say("Next pane"), "", "Ctrl+Tab",
               say("The strips edit the stack of the next pane."),
               after_line=True),
    ActionSpec("previous_pane", _PANE, say("Previous pane"),
               "", "Ctrl+Shift+Tab"),

    ActionSpec("all_off", _STACK, say("All off"), "off", "Ctrl+Shift+X",
               say("Switch every row off; their strengths are kept.")),
    ActionSpec("reset_master", _STACK, say("Reset master to 1.0"),
               "reset"),
    ActionSpec("select_rows", _STACK, say("Select all rows"),
               "", "Ctrl+A",
               say("Then the controls of each row are for all of them."),
               after_line=True),
    ActionSpec("copy_rows", _STACK, say("Copy rows"), "copy", "Ctrl+C",
               say("Those that are selected, or the one with the "
                                            "keyboard; as tags for other programs.")),
    ActionSpec("paste_rows", _STACK, say("Paste rows"), "", "Ctrl+V",
               say("Rows from any pane or studio, or the adapters of a "
                                            "prompt with tags.")),
    ActionSpec("remove_rows", _STACK, say("Remove rows"),
               tip=say("As Delete on one of them; undo brings them "
                                                "back.")),
    ActionSpec("balance_rows", _STACK, say("Balance…"),
               tip=say("Equal energy: each adapter changes the weights "
                                                "as much as the others.")),
    ActionSpec("take_snapshot", _STACK, say("Snapshot"),
               "snapshot", "Ctrl+Shift+N",
               say("Keep this stack under a name, to go back to it."),
               after_line=True),
    ActionSpec("previous_snapshot", _STACK,
               say("Previous snapshot"), "", "["),
    ActionSpec("next_snapshot", _STACK, say("Next snapshot"), "", "]"),
    ActionSpec("cues", _STACK, say("Cues…"),
               tip=say("What is shown on stage one after the other, and "
                                                "said about it.")),
    ActionSpec("compare_stacks", _STACK, say("Compare stacks…"),
               "compare", "",
               say("What differs between snapshots, panes, the present.")),
    ActionSpec("ablation", _STACK,
               say("Show pictures without each adapter"), "", "Alt+A",
               say("On each row, what the picture would be without it; "
                                            "made while the machine is idle."),
               is_checkable=True, after_line=True),
    ActionSpec("map", _STACK, say("Map of two faders…"), "", "Ctrl+M",
               say("A plane of pictures over two faders; a click sets "
                                            "both.")),
    ActionSpec("verify", _STACK, say("Verify the weights"),
               "verify", "Ctrl+Shift+V",
               say("Compare each live weight with what it must be."),
               after_line=True),

    ActionSpec("render", _RENDER, say("Render"), "render", "Space",
               say("Render all pictures now, at full quality.")),
    ActionSpec("stop", _RENDER, say("Stop"), "stop", "Esc",
               say("Stop rendering or loading; the last pictures stay.")),
    ActionSpec("verify_picture", _RENDER, say("Verify picture…"),
               tip=say("Make a saved picture again, and compare them.")),
    ActionSpec("live", _RENDER, say("Live"), "live", "Ctrl+L",
               say("Live: every change shows a new picture at once."),
               is_checkable=True, after_line=True),

    ActionSpec("weights", _LAB, say("Weights"), "", "F2",
               say("What the stack does to the weights: how strong it is, "
                                            "where, and which adapters fight."),
               is_checkable=True),
    ActionSpec("experiments", _LAB, say("Experiments"), "", "F3",
               say("Many pictures by one plan, measured against the base: "
                                            "ladders, sweeps, and what is gone when one leaves."),
               is_checkable=True),
    ActionSpec("run_on", _LAB, say("Run on…"), "", "",
               say("Who makes the pictures of experiments: this studio, other "
                                            "processes, or a Ray cluster.")),
    ActionSpec("claims", _LAB, say("Claims…"), "", "",
               say("What is argued about stacks of adapters, each with an "
                                            "experiment to try."),
               after_line=True),

    ActionSpec("shortcuts", _HELP, say("Keyboard shortcuts"),
               "keyboard", "?"),
    ActionSpec("tour", _HELP, say("Tour"),
               tip=say("Five hints, each beside what it is about.")),
    ActionSpec("show_log", _HELP, say("Show the log in its folder"), "",
               tip=say("What went wrong, with all details."),
               after_line=True),
    ActionSpec("copy_report", _HELP, say("Copy a report"), "", "",
               say("Versions, device and the end of the log, for who is "
                                            "to mend a fault.")),
    ActionSpec("about", _HELP, say("About loraviewer"), "info"),
)
# fmt: on


class Actions(QObject):
    """QActions for the whole table."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._drawn_in: tuple[int, ...] = ()
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
            menu = menu_bar.addMenu(shown(name))
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
        """Anew in the colours of a palette, where they are others."""
        colours = icon_colours(palette)
        if colours == self._drawn_in:
            return
        self._drawn_in = colours
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(icon(spec.icon, palette))

    def _made(self, spec: ActionSpec) -> QAction:
        action = QAction(shown(spec.text), self._window)
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


def shortcut_text(spec: ActionSpec) -> str:
    return QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def tip_text(spec: ActionSpec) -> str:
    """The sentence about the action, with its keys."""
    return tip_of(shown(spec.tip or spec.text), spec)


def tip_of(words: str, spec: ActionSpec) -> str:
    """A sentence with the keys of an action."""
    return f"{words} ({shortcut_text(spec)})" if spec.shortcut else words


def spec_of(action_id: str) -> ActionSpec:
    """KeyError for an id that is not in the table."""
    return {spec.id: spec for spec in ACTIONS}[action_id]
