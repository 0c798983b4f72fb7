"""One line for each two rows of the stack: which pull the same way, which cancel, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from loraviewer.core.collisions import Collision, Side, Verdict
from loraviewer.core.weight_numbers import WeightName
from loraviewer.ui.lab.charts.chart_numbers import Cell, ChartNumbers
from loraviewer.ui.lab.stack_words import consequence, sentence

Index = QModelIndex | QPersistentModelIndex
LINE_ROLE = Qt.ItemDataRole.UserRole
translate = QCoreApplication.translate
_CONTEXT = "CollisionLines"


@dataclass(frozen=True)
class Line:
    """`weight`: where to look first; None where the two have nothing in common."""

    sentence: str
    consequence: str
    verdict: Verdict
    weight: WeightName | None


class CollisionLines(QAbstractListModel):
    """Sentences are made once for each report."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._collisions: tuple[Collision, ...] = ()
        self._names: tuple[str, ...] = ()
        self._lines: list[Line] = []

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def set_report(self, collisions: Sequence[Collision], names: Sequence[str]) -> None:
        lines = [_line(one, names) for one in collisions]
        self._collisions, self._names = tuple(collisions), tuple(names)
        if lines == self._lines:
            return
        if len(lines) == len(self._lines):
            self._lines = lines
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, 0))
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def numbers(self) -> ChartNumbers:
        """One row for each block where two rows meet, and one for each two that do not."""
        rows: list[tuple[Cell, ...]] = []
        for one in self._collisions:
            pair = (
                *(self._names[one.first], self._names[one.second], _verdict_words(one.verdict)),
                *(one.common, one.effect, one.cosine),
            )
            places = [
                *_places(_verdict_words(Verdict.ALIKE), one.alike),
                *_places(_verdict_words(Verdict.CANCEL), one.cancel),
            ]
            rows += [(*pair, *place) for place in places or [(None,) * 5]]
        return ChartNumbers(_header(), tuple(rows))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self._lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.sentence
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return line.consequence
        return None


def _line(collision: Collision, names: Sequence[str]) -> Line:
    weight = collision.meetings[0].weight if collision.meetings else None
    words = sentence(collision, names), consequence(collision)
    return Line(*words, collision.verdict, weight)


def _places(direction: str, side: Side) -> list[tuple[Cell, ...]]:
    return [
        (direction, one.block[1], one.share, one.count, ".".join(one.strongest))
        for one in side.blocks
    ]


def _header() -> tuple[str, ...]:
    return (
        translate(_CONTEXT, "first"),
        translate(_CONTEXT, "second"),
        translate(_CONTEXT, "verdict"),
        translate(_CONTEXT, "shared weights"),
        translate(_CONTEXT, "energy added / energy alone"),
        translate(_CONTEXT, "cosine"),
        translate(_CONTEXT, "direction"),
        translate(_CONTEXT, "block"),
        translate(_CONTEXT, "share of what they share"),
        translate(_CONTEXT, "weights there"),
        translate(_CONTEXT, "strongest weight"),
    )


def _verdict_words(verdict: Verdict) -> str:
    return {
        Verdict.ALIKE: translate(_CONTEXT, "alike"),
        Verdict.CANCEL: translate(_CONTEXT, "cancel"),
        Verdict.BOTH: translate(_CONTEXT, "both"),
        Verdict.HARDLY: translate(_CONTEXT, "hardly"),
        Verdict.UNRELATED: translate(_CONTEXT, "unrelated"),
        Verdict.APART: translate(_CONTEXT, "apart"),
    }[verdict]
