"""What menus and keys do with prompt and seed."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from loraviewer.ui.actions import Actions
from loraviewer.ui.prompt.prompt_panel import PromptPanel


class PromptActions(QObject):
    """Between the table of actions and the panel."""

    def __init__(self, actions: Actions, panel: PromptPanel) -> None:
        super().__init__(actions)
        self._panel = panel
        keep = actions["keep_seed"]
        keep.setChecked(panel.is_seed_locked)
        panel.seed_kept.connect(keep.setChecked)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about the prompt."""
        return {
            "edit_prompt": self._panel.focus_prompt,
            "new_seed": self._panel.roll_seed,
            "keep_seed": self._panel.keep_seed,
        }
