"""Colours by palette role for the Fusion style, light and dark; distances; the colour scheme.

Widgets ask their own palette; only the three signal colours (fine, warning, error) are looked up
here, because no palette role means them.
"""

from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

GAP = 8
"""The distance everything keeps; half of it inside groups, twice of it between them."""
FIELD_HEIGHT = 28
ICON_SIZE = 18
RADIUS = 6


class Scheme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class SignalColour(StrEnum):
    FINE = "fine"
    WARNING = "warning"
    ERROR = "error"


_SCHEMES = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}

_PALETTE_CHANGES = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange)

_Role = QPalette.ColorRole
# Greys are neutral on purpose: a tint beside a picture shifts how its colours are seen.
_LIGHT: dict[QPalette.ColorRole, str] = {
    _Role.Window: "#f2f2f2",
    _Role.WindowText: "#1d1d1d",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#fafafa",
    _Role.Text: "#1d1d1d",
    _Role.PlaceholderText: "#6b6b6b",
    _Role.Button: "#fbfbfb",
    _Role.ButtonText: "#1d1d1d",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#ffffff",
    _Role.Midlight: "#e6e6e6",
    _Role.Mid: "#c9c9c9",
    _Role.Dark: "#9a9a9a",
    _Role.Shadow: "#6e6e6e",
    _Role.Highlight: "#2f6fde",
    _Role.HighlightedText: "#ffffff",
    _Role.Accent: "#2f6fde",
    _Role.Link: "#2459b8",
    _Role.LinkVisited: "#6a4bb0",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1d1d1d",
}
_DARK: dict[QPalette.ColorRole, str] = {
    _Role.Window: "#252525",
    _Role.WindowText: "#e8e8e8",
    _Role.Base: "#1b1b1b",
    _Role.AlternateBase: "#2d2d2d",
    _Role.Text: "#e8e8e8",
    _Role.PlaceholderText: "#9a9a9a",
    _Role.Button: "#353535",
    _Role.ButtonText: "#e8e8e8",
    _Role.BrightText: "#ffffff",
    _Role.Light: "#4a4a4a",
    _Role.Midlight: "#3a3a3a",
    _Role.Mid: "#484848",
    _Role.Dark: "#161616",
    _Role.Shadow: "#000000",
    _Role.Highlight: "#5b93f5",
    _Role.HighlightedText: "#0e1626",
    _Role.Accent: "#5b93f5",
    _Role.Link: "#8ab4ff",
    _Role.LinkVisited: "#c0a5ff",
    _Role.ToolTipBase: "#333333",
    _Role.ToolTipText: "#e8e8e8",
}
_FADED_ROLES = (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText)
_SIGNALS = {
    SignalColour.FINE: ("#1f8a4c", "#4cc27f"),
    SignalColour.WARNING: ("#a86200", "#f0b252"),
    SignalColour.ERROR: ("#c23232", "#ff8080"),
}


_STYLE = "fusion"


class Theme(QObject):
    """Keeps the application's palette in step with the chosen colour scheme."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = Scheme.SYSTEM
        if app.style().name() != _STYLE:  # setting it again would polish every widget anew
            app.setStyle(_STYLE)
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._on_scheme_changed()

    @property
    def scheme(self) -> Scheme:
        return self._scheme

    def choose(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._app.styleHints().setColorScheme(_SCHEMES[scheme])
        self._on_scheme_changed()

    @Slot()
    def _on_scheme_changed(self) -> None:
        # Asked of the choice first: platforms without schemes of their own keep "Unknown".
        is_dark = self._scheme is Scheme.DARK or (
            self._scheme is Scheme.SYSTEM
            and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        palette = studio_palette(is_dark)
        if self._app.palette() != palette:
            self._app.setPalette(palette)


def studio_palette(is_dark: bool) -> QPalette:
    """Every role of the studio's palette; disabled text is faded towards the window."""
    palette = QPalette()
    for role, name in (_DARK if is_dark else _LIGHT).items():
        palette.setColor(role, QColor(name))
    window = palette.color(_Role.Window)
    for role in _FADED_ROLES:
        faded = mix(palette.color(role), window, 0.55)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    for role in (_Role.Highlight, _Role.Accent):
        palette.setColor(QPalette.ColorGroup.Disabled, role, palette.color(_Role.Mid))
    return palette


def is_dark(palette: QPalette) -> bool:
    return palette.color(_Role.Window).lightness() < 128


def signal_colour(palette: QPalette, signal: SignalColour) -> QColor:
    """A colour for fine, warning or error that is legible on this palette's window."""
    light, dark = _SIGNALS[signal]
    return QColor(dark if is_dark(palette) else light)


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """`share` 0 gives the first colour, 1 the second."""

    def between(a: float, b: float) -> float:
        return a + (b - a) * share

    return QColor.fromRgbF(
        between(first.redF(), second.redF()),
        between(first.greenF(), second.greenF()),
        between(first.blueF(), second.blueF()),
        between(first.alphaF(), second.alphaF()),
    )


def quiet_text(palette: QPalette) -> QColor:
    """For captions and notes: legible, but behind the words that matter."""
    return palette.color(_Role.PlaceholderText)


def idle(palette: QPalette) -> QColor:
    """For drawn things that are there but switched off."""
    return mix(palette.color(_Role.WindowText), palette.color(_Role.Window), 0.5)


def backdrop(palette: QPalette) -> QColor:
    """Around pictures: neutral, a little deeper than the window."""
    return mix(palette.color(_Role.Window), QColor("black"), 0.35 if is_dark(palette) else 0.07)


def is_palette_change(event: QEvent) -> bool:
    return event.type() in _PALETTE_CHANGES
