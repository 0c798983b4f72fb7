"""The choice of the base checkpoint, with its loading progress in place."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from loraviewer.bridge.controller import StudioController
from loraviewer.core.reports import CheckpointInfo
from loraviewer.ui.painting import antialiased, fill_rounded
from loraviewer.ui.quantities import bytes_text
from loraviewer.ui.theme import FIELD_HEIGHT

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_F4)
_FOLDER, _FILE = "folder", "file"


class ChoiceBox(QComboBox):
    """A combo box that only changes through its list: no wheel, no typing, no bare arrows.

    So the wheel never loads a checkpoint by accident, and letters stay free for the window's keys.
    """

    def wheelEvent(self, event) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS:
            self.showPopup()
        else:
            event.ignore()


def loading_text(what: str, fraction: float) -> str:
    """`what` is a component as diffusers spells it, or words."""
    words = QCoreApplication.translate("BasePicker", "Loading {what} … {percent} %")
    return words.format(what=what.replace("_", " "), percent=round(fraction * 100))


class BasePicker(ChoiceBox):
    """The demo, recent checkpoints, and opening others. Shows what the controller says."""

    folder_requested = Signal()
    file_requested = Signal()

    def __init__(self, controller: StudioController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._fraction: float | None = None
        self.setAccessibleName(self.tr("Base checkpoint"))
        self.setToolTip(self.tr("Base: the checkpoint that all adapters are added to."))
        self.setFixedHeight(FIELD_HEIGHT)
        self.setMinimumContentsLength(12)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setPlaceholderText(self.tr("Starting…"))
        self._fill()
        self.activated.connect(self._on_activated)
        controller.checkpoint_loading.connect(self._on_loading)
        controller.checkpoint_changed.connect(self._on_loaded)
        controller.checkpoint_failed.connect(self._on_failed)
        controller.recent_changed.connect(self._on_recent_changed)

    @property
    def loading_fraction(self) -> float | None:
        """0 … 1 while a checkpoint is being loaded."""
        return self._fraction

    def _fill(self) -> None:
        """Demo, recent, open; nothing selected while there is nothing loaded."""
        self.clear()
        info = self._controller.checkpoint()
        demo = self._controller.demo_checkpoint()
        paths = [demo, *(path for path in self._controller.recent() if path != demo)]
        if info is not None and info.path not in paths:
            paths.insert(1, info.path)
        for path in paths:
            self.addItem(self._label(path, info), path)
            self.setItemData(self.count() - 1, path, Qt.ItemDataRole.ToolTipRole)
        self.insertSeparator(self.count())
        self.addItem(self.tr("Open folder…"), (_FOLDER,))
        self.addItem(self.tr("Open file…"), (_FILE,))
        self._select_loaded()

    def _label(self, path: str, info: CheckpointInfo | None) -> str:
        if info is not None and info.path == path:
            return f"{info.name} · {bytes_text(info.weight_bytes)}"
        return self.tr("Demo") if path == self._controller.demo_checkpoint() else Path(path).name

    def _select_loaded(self) -> None:
        info = self._controller.checkpoint()
        is_loading = self._fraction is not None
        self.setCurrentIndex(-1 if info is None or is_loading else self.findData(info.path))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        chosen = self.itemData(index)
        self._select_loaded()
        if chosen == (_FOLDER,):
            self.folder_requested.emit()
        elif chosen == (_FILE,):
            self.file_requested.emit()
        elif isinstance(chosen, str):
            self._controller.open_checkpoint(chosen)

    @Slot(str, float)
    def _on_loading(self, what: str, fraction: float) -> None:
        self._fraction = fraction
        self.setPlaceholderText(loading_text(what, fraction))
        self.setCurrentIndex(-1)
        self.update()

    @Slot(object)
    def _on_loaded(self, _: object) -> None:
        self._fraction = None
        self._fill()

    @Slot(object)
    def _on_failed(self, _: object) -> None:
        self._fraction = None
        self.setPlaceholderText(self.tr("Choose a base…"))
        self._select_loaded()

    @Slot(object)
    def _on_recent_changed(self, _: object) -> None:
        self._fill()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._fraction is None:
            return
        painter = antialiased(self)
        width = (self.width() - 4) * self._fraction
        accent = self.palette().color(QPalette.ColorRole.Accent)
        fill_rounded(painter, QRectF(2, self.height() - 4, width, 3), accent, 1.5)
        painter.end()
