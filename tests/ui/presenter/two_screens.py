"""A studio before two screens, in a process of its own: Qt knows its screens from its start.

    python -m tests.ui.presenter.two_screens FOLDER

Prints where the stage and the room's pictures are, as JSON.
"""

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QRect, QSettings
from PySide6.QtWidgets import QApplication, QWidget

SCREENS = {"laptop": (0, 0, 1440, 900), "projector": (1440, 0, 1920, 1080)}


def platform(folder: Path) -> str:
    """Of Qt without a screen, as one with two."""
    named = ("x", "y", "width", "height")
    table = [
        {"name": name, "logicalDpi": 96, "dpr": 1, **dict(zip(named, rect, strict=True))}
        for name, rect in SCREENS.items()
    ]
    file = folder / "screens.json"
    file.write_text(json.dumps({"screens": table}), encoding="utf-8")
    return f"offscreen:configfile={file}"


def present(folder: Path) -> dict[str, object]:
    from loraviewer.ui.main_window import MainWindow
    from tests.ui.fakes import Desk

    desk = Desk()
    geometry = QSettings(str(folder / "geometry.ini"), QSettings.Format.IniFormat)
    window = MainWindow(desk, geometry)
    window.show()
    QApplication.processEvents()
    window.stage.enter()
    QApplication.processEvents()
    told: dict[str, object] = {
        "stage": _rect(window.stage.window),
        "room": _rect(window.stage.room),
        "keyboard": QApplication.activeWindow() is window.stage.window,
    }
    window.stage.leave()
    told["room after"] = _rect(window.stage.room)
    window.close()
    desk.dispose()
    return told


def _rect(widget: QWidget | None) -> list[int] | None:
    rect = QRect() if widget is None else widget.geometry()
    return None if widget is None else [rect.x(), rect.y(), rect.width(), rect.height()]


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = platform(Path(sys.argv[1]))
    application = QApplication([])
    print(json.dumps(present(Path(sys.argv[1]))))
