"""What there is to see in the example that is open."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.example_scenes import ExampleScenes
from loraviewer.core.examples import Example
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.widgets.theme import SignalColour


class ExampleGuide(MessageBar):
    """One sentence that stays while new seeds are taken, which it offers."""

    def __init__(self, examples: ExampleScenes, parent: QWidget | None = None) -> None:
        super().__init__(SignalColour.FINE, can_dismiss=True, parent=parent)
        self.offer(self.tr("New seed"), "dice")
        examples.opened.connect(self._on_opened)

    @Slot(object)
    def _on_opened(self, example: Example) -> None:
        self.say(example.look_for)
