"""What the keys do on the stage, as data."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt


class Deed(StrEnum):
    LEAVE = "leave"
    NEXT_SNAPSHOT = "next_snapshot"
    PREVIOUS_SNAPSHOT = "previous_snapshot"
    NEXT_CUE = "next_cue"
    NEXT_CUE_OR_RENDER = "next_cue_or_render"
    PREVIOUS_CUE = "previous_cue"
    BASE_NOW = "base_now"
    SWAP_COUNT = "swap_count"
    LEARN = "learn"


DEEDS: dict[Qt.Key, Deed] = {
    Qt.Key.Key_Escape: Deed.LEAVE,
    Qt.Key.Key_F11: Deed.LEAVE,
    Qt.Key.Key_Right: Deed.NEXT_SNAPSHOT,
    Qt.Key.Key_BracketRight: Deed.NEXT_SNAPSHOT,
    Qt.Key.Key_Left: Deed.PREVIOUS_SNAPSHOT,
    Qt.Key.Key_BracketLeft: Deed.PREVIOUS_SNAPSHOT,
    Qt.Key.Key_PageDown: Deed.NEXT_CUE,  # what remotes send
    Qt.Key.Key_PageUp: Deed.PREVIOUS_CUE,
    Qt.Key.Key_Space: Deed.NEXT_CUE_OR_RENDER,
    Qt.Key.Key_0: Deed.BASE_NOW,
    Qt.Key.Key_V: Deed.SWAP_COUNT,
    Qt.Key.Key_M: Deed.LEARN,
}
HOLDS_BASE = Qt.Key.Key_B


@dataclass(frozen=True)
class RowKey:
    """The key of a row, by its number from 1."""

    number: int


def deed_of(key: Qt.Key) -> Deed | RowKey | None:
    number = int(key) - int(Qt.Key.Key_0)
    return RowKey(number) if 1 <= number <= 9 else DEEDS.get(key)
