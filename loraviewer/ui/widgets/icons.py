"""The studio's monochrome SVG icons, drawn in a palette's text colour."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from loraviewer.core.resources import resource_root

_SIZES_PX = (16, 18, 32, 36)
_Mode = QIcon.Mode
_State = QIcon.State


def icon(name: str, palette: QPalette, role: QPalette.ColorRole | None = None) -> QIcon:
    """The icon in the colours of `palette`; checked icons take the accent.

    Icons hold pixmaps, so widgets ask anew when their palette changes. An unknown name raises
    FileNotFoundError.
    """
    role = role or QPalette.ColorRole.ButtonText
    faded = palette.color(QPalette.ColorGroup.Disabled, role)
    colours: Mapping[tuple[QIcon.Mode, QIcon.State], QColor] = {
        (_Mode.Normal, _State.Off): palette.color(QPalette.ColorGroup.Active, role),
        (_Mode.Normal, _State.On): palette.color(QPalette.ColorRole.Accent),
        (_Mode.Disabled, _State.Off): faded,
        (_Mode.Disabled, _State.On): faded,
    }
    result = QIcon()
    for (mode, state), colour in colours.items():
        for size in _SIZES_PX:
            result.addPixmap(_drawn(name, colour, size), mode, state)
    return result


def icon_colours(palette: QPalette) -> tuple[int, ...]:
    """What `icon` takes from a palette: with the same colours it need not be drawn again."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    text = (palette.color(one, role.ButtonText).rgba() for one in (group.Active, group.Disabled))
    return (*text, palette.color(role.Accent).rgba())


def pixmap(name: str, colour: QColor, size: int, device_ratio: float = 1.0) -> QPixmap:
    """One icon in one colour, `size` device-independent pixels wide."""
    drawn = _drawn(name, colour, round(size * device_ratio))
    drawn.setDevicePixelRatio(device_ratio)
    return drawn


def icons_folder() -> Path:
    return resource_root() / "icons"


def _drawn(name: str, colour: QColor, size: int) -> QPixmap:
    """Once for each colour and size: a window has hundreds, and asks anew with each palette."""
    key = f"loraviewer/{name}/{colour.name()}/{size}"
    known = QPixmap()
    if QPixmapCache.find(key, known):
        return known
    drawn = _rendered(name, colour, size)
    QPixmapCache.insert(key, drawn)
    return drawn


def _rendered(name: str, colour: QColor, size: int) -> QPixmap:
    # Qt's SVG renderer draws currentColor black, so the colour is written into the text.
    svg = (icons_folder() / f"{name}.svg").read_text(encoding="utf-8")
    coloured = svg.replace("currentColor", colour.name())
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(coloured.encode())).render(painter)
    painter.end()
    return drawn
