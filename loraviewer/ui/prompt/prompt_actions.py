"""What menus and keys do with prompt and seed."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.words.prompt_history import PromptHistory
from loraviewer.bridge.words.prompt_writer import PromptWriter
from loraviewer.bridge.words.wildcard_model import WildcardModel
from loraviewer.core.request import Sampling
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.notices import Notices
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.prompt.prompt_window import PromptWindow
from loraviewer.ui.prompt.writer_window import WriterWindow
from loraviewer.ui.widgets.action_button import ActionButton

_Window = TypeVar("_Window", bound=QWidget)


class PromptActions(QObject):
    """Between the table of actions, the panel and what it shows."""

    def __init__(
        self,
        actions: Actions,
        panel: PromptPanel,
        prompt: PromptModel,
        history: PromptHistory,
        writer: PromptWriter,
        wildcards: WildcardModel,
        settings: SettingsModel,
        dialogs: FileDialogs,
        notices: Notices,
    ) -> None:
        super().__init__(actions)
        self._actions = actions
        self._panel = panel
        self._history = history
        self._writer = writer
        self._settings = settings
        self._dialogs = dialogs
        dialogs.wildcards_chosen.connect(wildcards.choose)
        wildcards.complained.connect(notices.mention)
        history.complained.connect(notices.mention)
        for name in ("older_prompt", "newer_prompt"):
            actions.keep_keys_in(name, [panel])
        names = {"history": "prompts", "write": "write_prompt"}
        panel.add_buttons(
            [ActionButton(icon, actions[name], has_words=False) for icon, name in names.items()]
        )
        self._prompt = prompt
        self._weigh = actions["weigh_words"]
        prompt.sampling_changed.connect(self._on_sampling_changed)
        self._on_sampling_changed(prompt.sampling)
        keep = actions["keep_seed"]
        keep.setChecked(panel.is_seed_locked)
        panel.seed_kept.connect(keep.setChecked)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the prompt."""
        return {
            "edit_prompt": self._panel.focus_prompt,
            "new_seed": self._panel.roll_seed,
            "keep_seed": self._panel.keep_seed,
            "prompts": self._open_prompts,
            "write_prompt": self._open_writer,
            "older_prompt": self._go_back,
            "newer_prompt": self._history.newer,
            "wildcards_folder": self._ask_for_wildcards,
            "weigh_words": self._weigh_words,
        }

    @Slot()
    def _open_prompts(self) -> None:
        self._panel.commit()  # what is being typed is the present prompt there
        self._show(self._open(PromptWindow) or PromptWindow(self._history, self._panel.window()))

    @Slot()
    def _open_writer(self) -> None:
        self._panel.commit()
        self._show(self._open(WriterWindow) or WriterWindow(self._writer, self._panel.window()))

    def _open(self, kind: type[_Window]) -> _Window | None:
        """One that is there already; not one that is about to go."""
        found = self._panel.window().findChildren(kind)
        return next((window for window in found if window.isVisible()), None)

    def _show(self, window: QWidget) -> None:
        # Keys of the studio's window that are wanted here, too.
        window.addActions([self._actions[name] for name in ("undo", "redo")])
        window.show()
        window.raise_()
        window.activateWindow()

    @Slot()
    def _go_back(self) -> None:
        self._panel.commit()
        self._history.older()

    @Slot()
    def _ask_for_wildcards(self) -> None:
        self._dialogs.choose_wildcards_folder(self._settings.settings.wildcards_folder)

    @Slot(bool)
    def _weigh_words(self, on: bool) -> None:
        self._panel.commit()
        self._prompt.change(words="weighted" if on else "plain")

    @Slot(object)
    def _on_sampling_changed(self, sampling: Sampling) -> None:
        self._weigh.setChecked(sampling.words == "weighted")
