"""The map in a window of its own, beside the panes: its faders, the plane, and a point at large."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.durations import duration_text
from loraviewer.core.map_cells import RESOLUTIONS, Index
from loraviewer.core.numbers import short_number
from loraviewer.core.picture import Picture
from loraviewer.core.picture_names import file_name
from loraviewer.ui.actions import Actions
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.map.map_picture import map_picture, save_image
from loraviewer.ui.map.map_plane import MapPlane
from loraviewer.ui.map.map_sides import MapSides
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.fitted_picture import fitted, paint_centred
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.painting import antialiased, fill_rounded
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, RADIUS, backdrop

_SIZE = QSize(440, 650)
_LARGE_PX = 152
_SHARED = ("undo", "redo", "render")
"""Actions whose keys count here, too. Esc closes the window."""


class MapWindow(QDialog):
    """Not modal: panes go on beside it. Closing it drops the cells that are not made yet."""

    def __init__(
        self,
        model: MapModel,
        actions: Actions,
        dialogs: FileDialogs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._dialogs = dialogs
        self.setWindowTitle(self.tr("Map of two faders"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(32, 64)))
        for name in _SHARED:
            self.addAction(actions[name])
        self.sides = MapSides(model)
        self.plane = MapPlane(model)
        self._nothing = QuietLabel(
            self.tr("There are no faders to go over: add adapters, or choose another pane.")
        )
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._to_save: QImage | None = None
        self._large = LargeCell()
        self._values = ElidedLabel().set_look(bold=True)
        self._note = QuietLabel()
        self._note.setWordWrap(True)
        self._progress = QuietLabel()
        self._progress.setWordWrap(True)
        self.pause = IconButton("stop", self.tr("Pause"), self.tr("Make no more pictures for now."))
        self.save = IconButton("save", self.tr("Save the map as one picture"))
        self.resolution = self._made_resolution()
        self._lay_out()
        self._connect()
        model.open()

    def _made_resolution(self) -> ChoiceBox:
        box = ChoiceBox()
        box.setFixedHeight(FIELD_HEIGHT)
        box.setAccessibleName(self.tr("Resolution"))
        box.setToolTip(self.tr("The finest plane; it fills coarse to fine."))
        box.offer([f"{n} × {n}" for n in RESOLUTIONS], "")
        return box

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.sides)
        column.addWidget(self.plane, 1)
        column.addWidget(self._nothing, 1)
        foot = QHBoxLayout()
        foot.setSpacing(2 * GAP)
        foot.addWidget(self._large)
        foot.addLayout(self._made_words(), 1)
        column.addLayout(foot)

    def _made_words(self) -> QVBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(GAP // 2)
        words.addWidget(self._values)
        words.addWidget(self._note)
        words.addStretch()
        words.addWidget(self._progress)
        tools = QHBoxLayout()
        tools.setSpacing(GAP)
        tools.addWidget(self.resolution)
        tools.addWidget(self.pause.with_words(self.tr("Pause")))
        tools.addStretch()
        tools.addWidget(self.save)
        words.addLayout(tools)
        return words

    def _connect(self) -> None:
        self.plane.chosen.connect(self._on_chosen)
        self.plane.pointed.connect(self._show_large)
        self.plane.drag_started.connect(self._model.begin_drag)
        self.plane.dragged_to.connect(self._model.set_point)
        self.plane.drag_ended.connect(self._model.end_drag)
        self.pause.clicked.connect(self._on_pause)
        self.save.clicked.connect(self._on_save)
        self.resolution.activated.connect(self._on_resolution)
        self._model.changed.connect(self._show)
        self._model.faders_changed.connect(self._on_faders_changed)

    # -- what it shows --------------------------------------------------------------------

    @property
    def progress(self) -> str:
        return self._progress.text()

    @property
    def values(self) -> str:
        """Of the point that is shown large."""
        return self._values.text()

    @property
    def note(self) -> str:
        return self._note.text()

    @property
    def large(self) -> Picture | None:
        return self._large.picture

    @Slot()
    def _on_faders_changed(self) -> None:
        self.plane.set_names(*self.sides.names())
        self._show()

    @Slot()
    def _show(self) -> None:
        has_faders = self._model.has_faders
        self.plane.setVisible(has_faders)
        self._nothing.setVisible(not has_faders)
        self.resolution.setCurrentIndex(RESOLUTIONS.index(self._model.resolution))
        self._progress.setText(self._progress_words())
        words = self.tr("Go on") if self._model.is_paused else self.tr("Pause")
        self.pause.set_icon_name("render" if self._model.is_paused else "stop")
        self.pause.setAccessibleName(words)
        self.pause.with_words(words)
        cost = self._model.cost()
        self.pause.setVisible(self._model.is_paused or cost.pictures > 0)
        self.save.setEnabled(self._model.whole is not None and has_faders)
        self._show_large(self.plane.pointed_at)

    def _progress_words(self) -> str:
        total, cost = self._model.cells, self._model.cost()
        if not total:
            return ""
        done = self.tr("{} of {}").format(total - cost.pictures, total)
        if cost.pictures == 0:
            return self.tr("{} pictures").format(total)
        if self._model.is_paused:
            return self.tr("{} · paused").format(done)
        if cost.seconds is None:
            return done
        return self.tr("{} · about {} left").format(done, figures(duration_text(cost.seconds)))

    @Slot(object)
    def _show_large(self, index: Index | None) -> None:
        """The point that is looked at, else the present one."""
        if not self._model.has_faders:
            self._large.show_picture(None)
            self._values.set_text("")
            self._note.setText("")
            return
        point = self._present() if index is None else self._model.point(index)
        numbers = (figures(short_number(value, 3)) for value in point)
        pairs = zip(self.sides.names(), numbers, strict=True)
        self._values.set_text(" · ".join(f"{name} {number}" for name, number in pairs))
        self.plane.setAccessibleDescription(self._values.text())
        self._note.setText(self._note_of(index))
        self._large.show_picture(self._picture(index))

    def _present(self) -> tuple[float, float]:
        return self._model.present("x"), self._model.present("y")

    def _picture(self, index: Index | None) -> Picture | None:
        shown = self._model.cell(index).picture if index is not None else self._model.whole
        return shown.picture if shown is not None else None

    def _note_of(self, index: Index | None) -> str:
        if index is None:
            return self.tr("The present point. Click the map, drag over it, or go by arrow keys.")
        cell = self._model.cell(index)
        if cell.failure is not None:
            return shown(cell.failure.message)
        if cell.is_outdated:
            return self.tr("From before the last change.")
        if cell.picture is None:
            return self.tr("To come.")
        return self.tr("Click, or Enter: set both faders.")

    # -- what the person does -------------------------------------------------------------

    @Slot(object)
    def _on_chosen(self, index: Index) -> None:
        self._model.set_point(*self._model.point(index))

    @Slot()
    def _on_pause(self) -> None:
        self._model.set_paused(not self._model.is_paused)

    @Slot(int)
    def _on_resolution(self, row: int) -> None:
        self._model.set_resolution(RESOLUTIONS[row])

    @Slot()
    def _on_save(self) -> None:
        """As it is when it was asked for, however long choosing a name takes."""
        self._to_save = map_picture(self.plane, self._model)
        name = self.tr("map of {} and {}").format(*self.sides.names())
        title = self.tr("Save the map")
        self._dialogs.save_image(file_name(name), title, self._on_path_chosen)

    @Slot(str)
    def _on_path_chosen(self, path: str) -> None:
        image, self._to_save = self._to_save, None
        if image is not None:
            problem = save_image(image, path)
            self._note.setText(problem or self.tr("Saved as “{}”.").format(Path(path).name))

    def done(self, result: int) -> None:
        """However it is closed."""
        self._model.close()
        super().done(result)

    def closeEvent(self, event) -> None:
        self._model.close()
        super().closeEvent(event)


class LargeCell(QWidget):
    """One picture, as large as there is room; nothing where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._drawn: QPixmap | None = None
        self.setFixedSize(_LARGE_PX, _LARGE_PX)

    @property
    def picture(self) -> Picture | None:
        return self._picture

    def show_picture(self, picture: Picture | None) -> None:
        if picture is not self._picture:
            self._picture, self._drawn = picture, None
            self.update()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        place = QRectF(self.rect())
        fill_rounded(painter, place, backdrop(self.palette()), RADIUS)
        if self._picture is not None and self._drawn is None:
            self._drawn = fitted(self._picture, self.size(), self.devicePixelRatioF())
        if self._drawn is not None:
            paint_centred(painter, self._drawn, place)
        painter.end()
