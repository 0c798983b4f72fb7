"""What a strip has of being for drafts only: its part of the ⋯ menu, the mark beside the name."""

from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QLabel, QMenu

from loraviewer.core.draft_ways import ACCELERATIONS, DraftWay
from loraviewer.core.stack import StackEntry
from loraviewer.ui.widgets.added_action import added
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import GAP, mix

_STEPS = (2, 4, 6, 8)


class DraftMenu(QMenu):
    """How drafts are made with the row; the kind and the steps that are meant now have the mark."""

    chosen = Signal(object)  # DraftWay

    def __init__(self, parent: QMenu) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Drafts are made as with"))
        self._way = DraftWay()
        kinds = {kind: known.title for kind, known in ACCELERATIONS.items()}
        kinds[""] = self.tr("none of these: sampler and guidance of the picture")
        self._kinds = self._group({k: (title, DraftWay(k)) for k, title in kinds.items()})
        self.addSeparator()
        words = self.tr("{} steps")
        steps = {0: self.tr("as many steps as it is made for")}
        steps |= {count: words.format(count) for count in _STEPS}
        self._steps = self._group({n: (text, n) for n, text in steps.items()})

    def show_way(self, way: DraftWay) -> None:
        self._way = way
        self._kinds[way.kind if way.kind in self._kinds else ""].setChecked(True)
        for count, action in self._steps.items():
            action.setChecked(count == way.steps)

    def _group(self, wanted: dict) -> dict:
        group = QActionGroup(self)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        actions: dict = {}
        for key, (text, value) in wanted.items():
            action = QAction(text, self)
            action.setCheckable(True)
            group.addAction(action)
            self.addAction(action)
            action.triggered.connect(partial(self._choose, value))
            actions[key] = action
        return actions

    def _choose(self, wanted: DraftWay | int, _is_checked: bool = True) -> None:
        """A kind brings the steps that it is made for; steps leave the kind alone."""
        is_kind = isinstance(wanted, DraftWay)
        self.chosen.emit(wanted if is_kind else DraftWay(self._way.kind, wanted))
        self.show_way(self._way)  # until the row says otherwise


class DraftPart(QObject):
    """Its actions lie in the row's menu."""

    marked = Signal(bool)
    way_chosen = Signal(object)  # DraftWay
    sampling_wanted = Signal()

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        self.only = added(menu, self.tr("For drafts only"))
        self.only.setCheckable(True)
        self.only.triggered.connect(self.marked)
        self.ways = DraftMenu(menu)
        self.ways.chosen.connect(self.way_chosen)
        menu.addMenu(self.ways)
        self.take = added(menu, self.tr("Use its sampler, steps and guidance"))
        self.take.triggered.connect(self._on_take)

    def show_row(self, entry: StackEntry, *, has_sampling: bool) -> None:
        """has_sampling: whether it is made for another sampling than the picture has."""
        way = entry.for_drafts
        self.only.setChecked(way is not None)
        self.ways.menuAction().setVisible(way is not None)
        self.ways.show_way(way or DraftWay())
        self.take.setVisible(way is None and has_sampling)

    @Slot()
    def _on_take(self) -> None:
        self.sampling_wanted.emit()


class DraftMark(QLabel):
    """A word in a frame, so that it is plain beside other rows that this one counts in drafts
    alone; hidden where the row is for all pictures."""

    def __init__(self) -> None:
        super().__init__(QCoreApplication.translate("DraftMark", "drafts only"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setContentsMargins(GAP // 2, 1, GAP // 2, 1)
        self.hide()

    def show_way(self, way: DraftWay | None, why_not: str = "") -> None:
        """why_not: a sentence on what keeps it out of drafts."""
        self.setVisible(way is not None)
        if way is not None:
            words = " ".join(filter(None, (_mark_words(way), why_not)))
            self.setToolTip(plain_tip(words))
            self.setAccessibleName(words)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        painter = antialiased(self)
        place = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        fill_rounded(painter, place, mix(palette.color(QPalette.ColorRole.Base), accent, 0.12))
        outline_rounded(painter, place, mix(palette.color(QPalette.ColorRole.Base), accent, 0.6))
        painter.end()
        super().paintEvent(event)


def _mark_words(way: DraftWay) -> str:
    translate = QCoreApplication.translate
    if not way.title:
        return translate(
            "DraftMark", "For drafts only: settled pictures are made without this row."
        )
    if not way.steps:
        words = translate(
            "DraftMark",
            "For drafts only, as {}: settled pictures are made without this row.",
        )
        return words.format(way.title)
    words = translate(
        "DraftMark",
        "For drafts only, as {} in {} steps: settled pictures are made without this row.",
    )
    return words.format(way.title, way.steps)
