"""What menus and keys do with prompt and seed."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.words.wildcard_model import WildcardModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.notices import Notices
from loraviewer.ui.prompt.prompt_panel import PromptPanel


class PromptActions(QObject):
    """Between the table of actions and the panel."""

    def __init__(
        self,
        actions: Actions,
        panel: PromptPanel,
        wildcards: WildcardModel,
        settings: SettingsModel,
        dialogs: FileDialogs,
        notices: Notices,
    ) -> None:
        super().__init__(actions)
        self._panel = panel
        self._settings = settings
        self._dialogs = dialogs
        dialogs.wildcards_chosen.connect(wildcards.choose)
        wildcards.complained.connect(notices.mention)
        keep = actions["keep_seed"]
        keep.setChecked(panel.is_seed_locked)
        panel.seed_kept.connect(keep.setChecked)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the prompt."""
        return {
            "edit_prompt": self._panel.focus_prompt,
            "new_seed": self._panel.roll_seed,
            "keep_seed": self._panel.keep_seed,
            "wildcards_folder": self._ask_for_wildcards,
        }

    @Slot()
    def _ask_for_wildcards(self) -> None:
        self._dialogs.choose_wildcards_folder(self._settings.settings.wildcards_folder)
