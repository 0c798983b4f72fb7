"""Below the rows: how far the pictures without each adapter are, and what they cost."""

from functools import partial

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from loraviewer.bridge.cells.ablation_model import AblationModel
from loraviewer.bridge.languages import figures
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.durations import duration_text
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP

_LIMITS_S = (5.0, 20.0, 60.0, 300.0)
_ANY_S = 1e9


class AblationLine(QWidget):
    """A function of the model and the settings."""

    once_wanted = Signal()

    def __init__(
        self, model: AblationModel, settings: SettingsModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._settings = settings
        self._words = QuietLabel()
        self._words.setWordWrap(True)
        self._once = IconButton("render", self.tr("Make them once"))
        self._once.clicked.connect(self.once_wanted)
        self._limit = IconButton("more", self.tr("How long these pictures may take"))
        self._limit.setMenu(self._limit_menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP // 2, 0, GAP // 2, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self._words, 1)
        row.addWidget(self._once)
        row.addWidget(self._limit)
        model.changed.connect(self.refresh)
        self.refresh()

    @property
    def words(self) -> str:
        return self._words.text()

    @property
    def once(self) -> IconButton:
        return self._once

    def tab_chain(self) -> list[QWidget]:
        return [self._once, self._limit]

    @Slot()
    def refresh(self) -> None:
        self.setVisible(self._model.is_on and self._model.pictures > 0)
        self._words.setText(self._sentence())
        words = self.tr("Go on") if self._model.is_stopped else self.tr("Make them once")
        self._once.setAccessibleName(words)
        self._once.with_words(words)
        self._once.setVisible(self._model.is_too_dear or self._model.is_stopped)

    def _sentence(self) -> str:
        model, cost = self._model, self._model.cost()
        total = pictures_text(model.pictures)
        if model.is_too_dear:
            words = self.tr("{} would take about {}; the limit is {}.")
            return words.format(total, _duration(cost.seconds or 0), _duration(model.most_s))
        done = model.pictures - cost.pictures
        if model.is_stopped:
            return self.tr("{} of {}, stopped").format(done, model.pictures)
        if cost.pictures == 0:
            words = self.tr("{}, each adapter alone") if model.is_alone else ""
            return (words or self.tr("{}, each without one adapter")).format(total)
        if cost.pictures == model.pictures or cost.seconds is None:
            return cost_text(model.pictures, cost.seconds)
        words = self.tr("{} of {}, about {} left")
        return words.format(done, model.pictures, _duration(cost.seconds))

    def _limit_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addSection(self.tr("All of them together may take"))
        group = QActionGroup(menu)
        for limit_s in (*_LIMITS_S, _ANY_S):
            text = self.tr("as long as it takes") if limit_s == _ANY_S else _duration(limit_s)
            action = added(menu, text)
            action.setCheckable(True)
            action.setData(limit_s)
            action.triggered.connect(partial(self._on_limit, limit_s))
            group.addAction(action)
        menu.aboutToShow.connect(self._on_menu_about_to_show)
        return menu

    @Slot()
    def _on_menu_about_to_show(self) -> None:
        for action in self._limit.menu().actions():
            action.setChecked(action.data() == self._model.most_s)

    def _on_limit(self, limit_s: float, _is_checked: bool = True) -> None:
        self._settings.change(most_ablation_s=limit_s)
        self.refresh()


def pictures_text(count: int) -> str:
    if count == 1:
        return QCoreApplication.translate("AblationLine", "1 picture")
    return QCoreApplication.translate("AblationLine", "{} pictures").format(count)


def cost_text(pictures: int, seconds: float | None) -> str:
    """As "6 pictures, about 3 s"; without the time where nobody knows it yet."""
    if seconds is None:
        return pictures_text(pictures)
    words = QCoreApplication.translate("AblationLine", "{}, about {}")
    return words.format(pictures_text(pictures), _duration(seconds))


def _duration(seconds: float) -> str:
    return figures(duration_text(seconds))
