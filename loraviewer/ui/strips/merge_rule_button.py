"""Beside the master: by which rule the adapters become one change, and the others to choose."""

from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.captions import rule_words
from loraviewer.core.merge_rules import RULES, SUM, MergeRule, RuleFacts, RuleName, usual_rule
from loraviewer.core.sentences import say
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.theme import (
    FIELD_HEIGHT,
    GAP,
    ICON_SIZE,
    SignalColour,
    idle,
    signal_colour,
)

_SHORT: dict[RuleName, str] = {
    "sum": say("Sum"),
    "svd": "SVD",
    "clip": say("Clip"),
    "ties": "TIES",
    "dare": "DARE",
    "knots-ties": "KnOTS",
    "iso-c": "Iso-C",
    "switch": say("Switch"),
    "composite": say("Comp."),
}
"""What the button has room for."""


class MergeRuleButton(IconButton):
    """A short name and a menu; amber for all but the sum."""

    rule_chosen = Signal(object)  # MergeRule

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("chevron", "", parent=parent)
        self.setMinimumWidth(0)  # its words have the room that they need
        self._rule = SUM
        self._actions: dict[RuleName, QAction] = {}
        self.setMenu(self._made_menu())
        self.show_rule(SUM)

    @property
    def rule(self) -> MergeRule:
        return self._rule

    def show_rule(self, rule: MergeRule) -> None:
        """Sends nothing."""
        self._rule = rule
        self._actions[rule.name].setChecked(True)
        self.with_words(shown(_SHORT[rule.name]))
        words = self.tr("Merge rule: {}").format(shown(rule_words(rule)))
        if not rule.is_sum:
            words = self.tr("{}, experimental").format(words)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(f"{words}\n{shown(rule.facts.meaning)}"))
        self.updateGeometry()
        self.update()

    def _made_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setTitle(self.tr("Merge rule"))
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for facts in RULES:
            action = added(menu, self._menu_words(facts))
            action.setCheckable(True)
            action.setToolTip(plain_tip(facts.meaning))
            action.triggered.connect(partial(self._choose, facts.name))
            group.addAction(action)
            self._actions[facts.name] = action
            if facts.name == SUM.name:
                menu.addSeparator()
        return menu

    def _menu_words(self, facts: RuleFacts) -> str:
        if facts.name == SUM.name:
            return shown(facts.title)
        return self.tr("{} (experimental)").format(shown(facts.title))

    def _choose(self, name: RuleName, _is_checked: bool = True) -> None:
        if name != self._rule.name:  # its number stays
            self.rule_chosen.emit(usual_rule(name))

    def _paint_label(self, painter: QPainter) -> None:
        """The words, then what opens the menu."""
        painter.setPen(self._text_colour())
        inside = self.rect().adjusted(GAP, 0, -GAP // 2 - ICON_SIZE, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, self.text())
        chevron = pixmap("chevron", idle(self.palette()), ICON_SIZE, self.devicePixelRatioF())
        left = self.width() - ICON_SIZE - GAP // 2
        where = QRect(left, (self.height() - ICON_SIZE) // 2, ICON_SIZE, ICON_SIZE)
        painter.drawPixmap(where, chevron)

    def _text_colour(self) -> QColor:
        if self._rule.is_sum or not self.isEnabled():
            return super()._text_colour()
        return signal_colour(self.palette(), SignalColour.WARNING)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(words + GAP + ICON_SIZE + GAP, FIELD_HEIGHT)
