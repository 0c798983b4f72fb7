"""The whole map as one picture: its axes, and what all of its cells share."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPalette

from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.bridge.languages import shown
from loraviewer.core.ablation import without_row
from loraviewer.core.atomic import new_file
from loraviewer.core.captions import stack_caption
from loraviewer.core.outcome import FileError
from loraviewer.core.request import GenerationRequest
from loraviewer.ui.map.map_plane import MapPlane
from loraviewer.ui.widgets.theme import GAP, quiet_text

_LARGEST_PX = 2400
_MOST_SCALE = 4.0
translate = QCoreApplication.translate


def map_picture(plane: MapPlane, model: MapModel) -> QImage:
    """As it is seen, in the size of the pictures themselves as far as `_LARGEST_PX` allows."""
    around, line = plane.size(), plane.fontMetrics().height() + GAP
    scale = _scale(plane, model)
    width, height = around.width(), around.height() + line
    image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
    image.fill(plane.palette().color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    painter.setFont(plane.font())
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    plane.paint_map(painter, QRectF(0, 0, width, around.height()), scale)
    painter.setPen(quiet_text(plane.palette()))
    below = QRectF(GAP, around.height(), width - 2 * GAP, line)
    words = plane.fontMetrics().elidedText(
        shared_words(model), Qt.TextElideMode.ElideRight, round(below.width())
    )
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    image.setText("Description", shared_words(model))
    return image


def shared_words(model: MapModel) -> str:
    """What all cells have in common: prompt, other adapters, seed and steps."""
    request: GenerationRequest | None = model.any_request
    if request is None:
        return ""
    sampling, rest = request.sampling, model.stack
    for side in ("x", "y"):
        rest = without_row(rest, model.fader(side))
    others = ""
    if rest.applied():
        others = translate("MapPicture", "with {}").format(shown(stack_caption(rest)))
    seed = translate("MapPicture", "seed {}").format(sampling.seed)
    steps = translate("MapPicture", "{} steps").format(sampling.steps)
    parts = (sampling.prompt, others, seed, steps)
    return " · ".join(part for part in parts if part)


def save_image(image: QImage, path: str) -> str:
    """Whole or not at all; one sentence where it cannot be written, "" where it is."""
    out = Path(path)
    try:
        with new_file(out) as temporary:
            if not image.save(str(temporary), "PNG"):  # pyright: ignore[reportArgumentType, reportCallIssue]
                words = translate("MapPicture", "“{}” could not be written; choose another folder.")
                return words.format(out)
    except FileError as error:
        return shown(error.message)
    return ""


def _scale(plane: MapPlane, model: MapModel) -> float:
    size, cell = plane.size(), plane.geometry_now().cell_size
    shown = [c.picture for i in model.places() if (c := model.cell(i)).picture is not None]
    own = shown[0].picture.width / cell.width() if shown and shown[0] is not None else 1.0
    largest = _LARGEST_PX / max(size.width(), size.height())
    return max(1.0, min(own, largest, _MOST_SCALE))
