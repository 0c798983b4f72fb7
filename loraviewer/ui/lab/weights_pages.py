"""The pages of the weights dock. None of them, nor what draws charts, is imported before a person
opens it: the window is there without."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.weights_dock import PageSpec


class WeightsPages(QObject):
    """Makes each when it is first looked at. `verify`: the lamp's action."""

    def __init__(
        self,
        window: QWidget,
        desk: WeightsDesk,
        base: BaseModel,
        settings: SettingsModel,
        verify: QAction,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._base = base
        self._verify = verify
        self._dialogs = ChartDialogs(window, settings)

    def specs(self) -> list[PageSpec]:
        tr = self.tr
        return [
            PageSpec(
                tr("Overview"),
                tr("How strong the stack is, where, and who fights."),
                self._overview,
            ),
            PageSpec(tr("Modules"), tr("Every weight that it changes, as a table."), self._modules),
            PageSpec(
                tr("Numbers"), tr("Precision, fingerprints, and all the words."), self._numbers
            ),
        ]

    def _overview(self) -> QWidget:
        from loraviewer.ui.lab.overview_page import OverviewPage

        return OverviewPage(self._desk, self._dialogs)

    def _modules(self) -> QWidget:
        from loraviewer.ui.lab.modules_page import ModulesPage

        return ModulesPage(self._desk, self._dialogs)

    def _numbers(self) -> QWidget:
        from loraviewer.ui.lab.numbers_page import NumbersPage

        return NumbersPage(self._desk, self._base, self._verify)
