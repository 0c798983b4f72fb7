"""The studio's monochrome SVG icons, drawn in a palette's text colour."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QObject, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from loraviewer.core.resources import resource_root

_SIZES_PX = (16, 18, 32, 36)
_Mode = QIcon.Mode
_State = QIcon.State
_TEXT = QPalette.ColorRole.ButtonText


class _Shelf(QObject):
    """Icons that were asked for, as long as the application lives: a window has hundreds of few
    kinds, and most widgets share a palette."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self.icons: dict[tuple[str | int, ...], QIcon] = {}
        self._asked: tuple[int, QPalette.ColorGroup, QPalette.ColorRole] | None = None
        self._colours: tuple[int, ...] = ()

    @staticmethod
    def of_application() -> "_Shelf":
        application = QCoreApplication.instance()
        assert application is not None
        known = application.findChild(_Shelf, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return known or _Shelf(application)

    def colours(self, palette: QPalette, role: QPalette.ColorRole) -> tuple[int, ...]:
        """RGBA of an icon that is active, checked, disabled."""
        asked = (palette.cacheKey(), palette.currentColorGroup(), role)
        if asked != self._asked:
            group = QPalette.ColorGroup
            colours = (
                palette.color(group.Active, role),
                palette.color(QPalette.ColorRole.Accent),
                palette.color(group.Disabled, role),
            )
            self._asked, self._colours = asked, tuple(colour.rgba() for colour in colours)
        return self._colours


def icon(name: str, palette: QPalette, role: QPalette.ColorRole = _TEXT) -> QIcon:
    """The icon in the colours of `palette`; checked icons take the accent.

    Icons hold pixmaps, so widgets ask anew when their palette changes; equal ones have one
    `cacheKey`. An unknown name raises FileNotFoundError.
    """
    shelf = _Shelf.of_application()
    colours = shelf.colours(palette, role)
    key = (name, *colours)
    if key not in shelf.icons:
        shelf.icons[key] = _made(name, *map(QColor.fromRgba, colours))
    return QIcon(shelf.icons[key])  # what somebody adds to theirs stays theirs


def _made(name: str, active: QColor, accent: QColor, faded: QColor) -> QIcon:
    colours: Mapping[tuple[QIcon.Mode, QIcon.State], QColor] = {
        (_Mode.Normal, _State.Off): active,
        (_Mode.Normal, _State.On): accent,
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
    return _Shelf.of_application().colours(palette, _TEXT)


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
