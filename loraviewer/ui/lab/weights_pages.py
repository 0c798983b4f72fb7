"""The pages of the weights dock. None of them, nor what draws charts, is imported before a person
opens it: the window is there without."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.lab_dock import DockWords, PageSpec

_WEIGHT_PAGE = 4


class WeightsPages(QObject):
    """Makes each when it is first looked at. `verify`: the lamp's action."""

    page_wanted = Signal(int)

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

    def words(self) -> DockWords:
        tr = self.tr
        return DockWords(
            name=tr("Weights"),
            pages=tr("Pages of the weights"),
            move=tr("Move the weights to the other side"),
            close=tr("Close the weights"),
        )

    def specs(self) -> list[PageSpec]:
        tr = self.tr
        return [
            PageSpec(
                tr("Overview"),
                tr("How strong the stack is, where, and who fights."),
                self._overview,
            ),
            PageSpec(tr("Modules"), tr("Every weight that it changes, as a table."), self._modules),
            PageSpec(tr("Angles"), tr("Which adapters point the same way."), self._angles),
            PageSpec(tr("Spectra"), tr("In how many directions each change lies."), self._spectra),
            PageSpec(
                tr("Rows and columns"), tr("One weight: which parts of it change."), self._weight
            ),
            PageSpec(
                tr("Numbers"), tr("Precision, fingerprints, and all the words."), self._numbers
            ),
        ]

    def _overview(self) -> QWidget:
        from loraviewer.ui.lab.overview_page import OverviewPage

        return OverviewPage(self._desk, self._dialogs)

    def _modules(self) -> QWidget:
        from loraviewer.ui.lab.modules_page import ModulesPage

        page = ModulesPage(self._desk, self._dialogs)
        page.weight_opened.connect(self._on_weight_opened)
        return page

    def _angles(self) -> QWidget:
        from loraviewer.ui.lab.angles_page import AnglesPage

        return AnglesPage(self._desk, self._dialogs)

    def _spectra(self) -> QWidget:
        from loraviewer.ui.lab.spectra_page import SpectraPage

        return SpectraPage(self._desk, self._dialogs)

    def _weight(self) -> QWidget:
        from loraviewer.ui.lab.weight_page import WeightPage

        return WeightPage(self._desk, self._dialogs)

    def _numbers(self) -> QWidget:
        from loraviewer.ui.lab.numbers_page import NumbersPage

        return NumbersPage(self._desk, self._base, self._verify)

    @Slot()
    def _on_weight_opened(self) -> None:
        self.page_wanted.emit(_WEIGHT_PAGE)
