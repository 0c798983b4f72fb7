"""The pictures alone, over the screen that the room sees."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.presenter.stage_pictures import StagePictures
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.presenter.stage_view import StageView
from loraviewer.ui.widgets.theme import studio_palette


class RoomWindow(QWidget):
    """Never has the keyboard, and no pointer is seen on it."""

    def __init__(
        self,
        model: PresenterModel,
        pictures: StagePictures,
        settings: SettingsModel,
        parent: QWidget | None = None,
    ) -> None:
        flags = Qt.WindowType.Window | Qt.WindowType.WindowDoesNotAcceptFocus
        super().__init__(parent, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setPalette(studio_palette(is_dark=True))
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setWindowTitle(self.tr("Pictures"))
        self.view = StageView(model, pictures, settings, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)


def cover(window: QWidget, screen: QScreen) -> None:
    """Show a window over a whole screen."""
    window.setScreen(screen)
    window.setGeometry(screen.geometry())
    window.showFullScreen()
