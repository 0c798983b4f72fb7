"""What menus and keys do with prompt and seed."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.core.request import Sampling
from loraviewer.ui.actions import Actions
from loraviewer.ui.prompt.prompt_panel import PromptPanel


class PromptActions(QObject):
    """Between the table of actions, the panel and what it shows."""

    def __init__(self, actions: Actions, panel: PromptPanel, prompt: PromptModel) -> None:
        super().__init__(actions)
        self._panel = panel
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
            "weigh_words": self._weigh_words,
        }

    @Slot(bool)
    def _weigh_words(self, on: bool) -> None:
        self._panel.commit()
        self._prompt.change(words="weighted" if on else "plain")

    @Slot(object)
    def _on_sampling_changed(self, sampling: Sampling) -> None:
        self._weigh.setChecked(sampling.words == "weighted")
