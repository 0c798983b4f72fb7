"""The library's preview: the active pane's picture with the file that is selected."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainterPath
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.languages import figures, shown
from loraviewer.bridge.library.library_preview import LibraryPreview, Preview
from loraviewer.core.numbers import short_number
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.painting import Card, antialiased, fill_rounded
from loraviewer.ui.widgets.theme import GAP, RADIUS, backdrop

_PICTURE_PX = 112


class PreviewCard(Card):
    """Hidden while nothing is looked at. Of one height, whatever there is to say."""

    add_wanted = Signal(object)  # paths

    def __init__(self, preview: LibraryPreview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview = preview
        self.picture = _Picture()
        self._name = ElidedLabel().set_look(bold=True)
        self._words = QuietLabel()
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.add = IconButton("add", self.tr("Add it to the stack")).with_words(self.tr("Add"))
        self.add.clicked.connect(self._on_add)
        self._lay_out()
        preview.changed.connect(self.show_preview)
        self.show_preview()

    @property
    def words(self) -> str:
        return self._words.text()

    @Slot()
    def show_preview(self) -> None:
        preview = self._preview.preview
        self.setHidden(preview is None)
        if preview is None:
            self.picture.show_image(QImage())
            return
        self._name.set_text(preview.entry.name)
        self._words.setText(self._sentence(preview))
        self._words.setToolTip(shown(preview.failure.message) if preview.failure else "")
        picture = preview.picture
        self.picture.show_image(QImage() if picture is None else to_qimage(picture.picture))
        self.picture.setAccessibleName(self.tr("Preview with {}").format(preview.entry.name))

    def _sentence(self, preview: Preview) -> str:
        if preview.failure is not None:
            return shown(preview.failure.message)[:160]
        if not preview.fits:
            return self.tr("It does not fit the loaded base.")
        strength = figures(short_number(preview.strength))
        if preview.picture is None:
            words = self.tr("At {}, as soon as nothing else is rendered…")
            return words.format(strength)
        return self.tr("The active pane with it at {}, in few steps.").format(strength)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(GAP // 2)
        words.addWidget(self._name)
        words.addWidget(self._words, 1)
        words.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP // 2, GAP // 2, GAP // 2, GAP // 2)
        row.setSpacing(GAP)
        row.addWidget(self.picture)
        row.addLayout(words, 1)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    @Slot()
    def _on_add(self) -> None:
        if (preview := self._preview.preview) is not None:
            self.add_wanted.emit([preview.entry.path])


class _Picture(QWidget):
    """As large as it fits into a square."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.setFixedSize(QSize(_PICTURE_PX, _PICTURE_PX))

    @property
    def image(self) -> QImage:
        return self._image

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def paintEvent(self, event) -> None:
        painter, around = antialiased(self), QRectF(self.rect())
        fill_rounded(painter, around, backdrop(self.palette()), RADIUS - 2)
        if not self._image.isNull():
            painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
            size = self._image.size().toSizeF()
            size.scale(around.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(around.topLeft(), size)
            place.moveCenter(around.center())
            outline = QPainterPath()
            outline.addRoundedRect(around, RADIUS - 2, RADIUS - 2)
            painter.setClipPath(outline)
            painter.drawImage(place, self._image)
        painter.end()
