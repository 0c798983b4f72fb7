"""Whether Qt can open a window here, told in one sentence instead of an abort inside Qt."""

import ctypes
import importlib
import os
import re
import sys
from collections.abc import Mapping

_DEBIAN_PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""System libraries that PySide6's wheels expect, and the Debian package of each."""

_OF_XCB = tuple(name for name in _DEBIAN_PACKAGES if name.startswith(("libxcb", "libxkb")))


def problem(environment: Mapping[str, str] = os.environ) -> str | None:
    """What keeps the studio from opening, with the line that mends it; None if nothing does."""
    missing = _missing_for_import()
    if missing:
        return missing
    if not sys.platform.startswith("linux"):
        return None
    platform = environment.get("QT_QPA_PLATFORM", "")
    if not platform and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return (
            "There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "“loraviewer render” works without one."
        )
    needs_xcb = platform.startswith("xcb") or (
        not platform and not environment.get("WAYLAND_DISPLAY")
    )
    return sentence([name for name in _OF_XCB if not _loads(name)]) if needs_xcb else None


def sentence(libraries: list[str]) -> str | None:
    """Names missing libraries and the apt line for them; None for an empty list."""
    if not libraries:
        return None
    packages = " ".join(sorted({_DEBIAN_PACKAGES.get(name, name) for name in libraries}))
    return (
        f"Qt needs system libraries that are missing here ({', '.join(libraries)}); "
        f"on Debian or Ubuntu: sudo apt-get install -y {packages}"
    )


def _missing_for_import() -> str | None:
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        library = re.search(r"lib[\w.+-]+\.so[.\d]*", str(error))
        return sentence([library.group()]) if library else f"Qt cannot be imported: {error}"
    return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
