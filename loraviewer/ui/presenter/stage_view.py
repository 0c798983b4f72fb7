"""The pictures of the stage, one or two, and what is said about them."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.presenter.stage_pictures import StagePicture, StagePictures
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.settings import Settings
from loraviewer.ui.presenter.fading_picture import FadingPicture
from loraviewer.ui.presenter.sentence_band import SentenceBand
from loraviewer.ui.widgets.theme import GAP

_BAND_SHARE = 0.12
_LOWEST_BAND_PX, _HIGHEST_BAND_PX = 56, 180


class StageView(QWidget):
    """Follows its models while it is seen."""

    def __init__(
        self,
        presenter: PresenterModel,
        pictures: StagePictures,
        settings: SettingsModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._pictures = pictures
        self.beside, self.own = FadingPicture(), FadingPicture()
        self.sentence = SentenceBand()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.beside, 1)
        row.addWidget(self.own, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(self.sentence)
        presenter.changed.connect(self._show)
        pictures.changed.connect(self._show)
        settings.changed.connect(self._on_settings_changed)
        self._on_settings_changed(settings.settings)

    @property
    def picture_count(self) -> int:
        return 2 if self._presenter.has_two else 1

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._show()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        height = round(self.height() * _BAND_SHARE)
        self.sentence.setFixedHeight(max(_LOWEST_BAND_PX, min(_HIGHEST_BAND_PX, height)))

    @Slot()
    def _show(self) -> None:
        if not self.isVisible():
            return
        self.beside.setVisible(self._presenter.has_two)
        self.sentence.setVisible(self._presenter.has_cues)
        self.sentence.say(self._presenter.sentence)
        fades = not (self._pictures.is_dragging or self._presenter.is_base_held)
        for view, seen in (
            (self.beside, self._pictures.beside()),
            (self.own, self._pictures.own()),
        ):
            # What follows a draft takes its place, as it does in panes.
            is_of_draft = _is_draft(view.seen) or _is_draft(seen)
            view.show_picture(seen, fades=fades and not is_of_draft)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        for picture in (self.beside, self.own):
            picture.set_smooth(settings.smooth_pixels)


def _is_draft(seen: StagePicture) -> bool:
    return seen.rendered is not None and seen.rendered.request.is_draft
