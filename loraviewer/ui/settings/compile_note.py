"""How far the compiling of the denoiser is, below the choice of it."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.widgets.labels import QuietLabel


class CompileNote(QuietLabel):
    """One sentence; not seen while nothing is to be compiled."""

    def __init__(self, compiling: CompileModel, settings: SettingsModel, parent: QWidget) -> None:
        super().__init__()
        self.setParent(parent)
        self.setWordWrap(True)
        self._compiling = compiling
        self._settings = settings
        compiling.changed.connect(self._show)
        settings.changed.connect(self._show)
        self._show()

    @Slot()
    @Slot(object)
    def _show(self, _: object = None) -> None:
        self.setText(self._sentence())
        self.setVisible(self._settings.settings.asks_compiled)

    def _sentence(self) -> str:
        report = self._compiling.report
        if report.is_building:
            return self.tr("Being compiled in the background; pictures are made as before.")
        if report.waiting:
            return self.tr("Will be compiled once nothing else is at work.")
        if report.problem:
            return shown(report.problem)
        if report.remark:
            return shown(report.remark)
        if report.ready:
            return self.tr("Pictures of this base now come of a compiled denoiser.")
        return self.tr("Begins after the next picture, once nothing else is at work.")
