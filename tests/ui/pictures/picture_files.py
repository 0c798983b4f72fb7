"""Pictures as other programs and the studio save them, and what the window says of them."""

from pathlib import Path

import msgspec
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core import infotext
from loraviewer.core.outcome import Rendered
from loraviewer.core.resources import demo_adapters
from loraviewer.ui.main_window import MainWindow

PATHS = {path.stem: path for path in demo_adapters()}


def png(path: Path, colour: tuple[int, int, int] = (1, 2, 3), **texts: str) -> Path:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    Image.new("RGB", (8, 8), colour).save(path, pnginfo=info)
    return path


def save(path: Path, made: Rendered, **changes: object) -> Path:
    """As the studio saves a picture, but with a writer of the test's own."""
    record = msgspec.structs.replace(infotext.record_of(made), **changes)
    info = PngInfo()
    for keyword, text in infotext.text_chunks(record).items():
        info.add_text(keyword, text)
    size = (made.picture.width, made.picture.height)
    Image.frombytes("RGB", size, made.picture.rgb).save(path, pnginfo=info)
    return path


def sentence(window: MainWindow) -> str:
    return window.notices.bars[0].sentence
