"""All choices in one window. They count at once; what the engine is built with counts from the next
start, and says so."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.languages import AS_SYSTEM, language_names
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.settings import MOST_AHEAD, Settings
from loraviewer.ui.file_dialogs import FileDialogs
from loraviewer.ui.settings.compile_note import CompileNote
from loraviewer.ui.settings.precision_note import PrecisionNote
from loraviewer.ui.settings.setting_rows import (
    ChoiceRow,
    FolderRow,
    NumberRow,
    SettingGroup,
    SettingRow,
    TickRow,
)
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

AT_START = (
    "language", "device", "dtype", "merge_mode", "originals", "memory_budget_gb",
    "picture_store_gb",
)  # fmt: skip
"""What is only read when the studio starts."""

_WIDTH_PX, _HEIGHT_PX = 600, 640
_MOST_STEPS, _MOST_S, _MOST_GB, _USUAL_GB = 1000, 3600, 10_000, 4


class SettingsWindow(QDialog):
    """Not modal, and nothing to confirm. `restart_wanted`: close the studio and open it again."""

    restart_wanted = Signal()

    def __init__(
        self,
        settings: SettingsModel,
        started_with: Settings,
        dialogs: FileDialogs,
        precision: PrecisionModel,
        compiling: CompileModel,
        parent: QWidget,
    ) -> None:
        """started_with: the settings that the engine was built with."""
        super().__init__(parent)
        self.precision_note = PrecisionNote(precision, self)
        self.compile_note = CompileNote(compiling, settings, self)
        self._settings = settings
        self._started_with = started_with
        self._dialogs = dialogs
        self.rows: dict[str, SettingRow] = {}
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._waiting = QuietLabel()
        self._waiting.setWordWrap(True)
        self.restart = IconButton("turn", self.tr("Restart now")).with_words(self.tr("Restart now"))
        self.restart.setToolTip(self.tr("Everything that is open comes back."))
        self._lay_out([self._look(), self._live(), self._computing(), self._files()])
        self.restart.clicked.connect(self.restart_wanted)
        settings.changed.connect(self._show)
        self._show(settings.settings)

    @property
    def waiting(self) -> str:
        """What a restart is needed for, "" for nothing."""
        return self._waiting.text()

    def _lay_out(self, groups: list[SettingGroup]) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        for group in groups:
            column.addWidget(group)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GAP, 0, 2 * GAP, GAP)
        foot.addWidget(self._waiting, 1)
        foot.addWidget(self.restart)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ScrollArea(content), 1)
        whole.addLayout(foot)
        self.resize(_WIDTH_PX, _HEIGHT_PX)

    def _add(self, group: SettingGroup, name: str, row: SettingRow, meaning: str = "") -> None:
        self.rows[row.field] = group.add(name, row, meaning)
        row.changed.connect(self._on_changed)

    # -- what there is ------------------------------------------------------------------------

    def _look(self) -> SettingGroup:
        tr = self.tr
        group = SettingGroup(tr("Look"))
        schemes = (("system", tr("as the system")), ("light", tr("light")), ("dark", tr("dark")))
        self._add(group, tr("Colours"), ChoiceRow("theme", tr("Colours"), schemes))
        languages = ((AS_SYSTEM, tr("as the system")), *language_names())
        self._add(
            group, tr("Language"), ChoiceRow("language", tr("Language"), languages),
            tr("From the next start."),
        )  # fmt: skip
        smooth = TickRow("smooth_pixels", tr("smooth when enlarged"))
        self._add(group, tr("Pixels"), smooth)
        shown = (("auto", tr("where there is room")), ("on", tr("always")), ("off", tr("never")))
        self._add(group, tr("Filmstrip"), ChoiceRow("filmstrip", tr("Filmstrip"), shown))
        return group

    def _live(self) -> SettingGroup:
        tr = self.tr
        group = SettingGroup(tr("Pictures while you work"))
        self._add(
            group, tr("Live"), TickRow("is_live", tr("pictures follow every change")),
            tr("Off: they are made when Render is pressed."),
        )  # fmt: skip
        steps = NumberRow(
            "draft_steps", tr("Steps of drafts"), 1, _MOST_STEPS, tr("steps"), is_whole=True
        )
        self._add(group, tr("Drafts"), steps, tr("Of pictures while a fader is held."))
        self._add(
            group, tr("Strips"),
            TickRow("shows_ablation", tr("show the picture without each adapter")),
        )  # fmt: skip
        most = NumberRow("most_ablation_s", tr("Seconds for all strips"), 0, _MOST_S, tr("seconds"))
        self._add(
            group, tr("At most"), most,
            tr("For all of these pictures together; beyond that a strip asks first."),
        )  # fmt: skip
        ahead = NumberRow(
            "pictures_ahead", tr("Pictures made ahead"), 0, MOST_AHEAD, tr("pictures"),
            is_whole=True,
        )  # fmt: skip
        self._add(
            group, tr("Ahead"), ahead,
            tr("Of states one switch or fader away, while all else is done; 0 makes none."),
        )  # fmt: skip
        whens = (("off", tr("never")), ("idle", tr("when nothing else is at work")))
        self._add(
            group, tr("Compile"), ChoiceRow("compiles", tr("Compile the denoiser"), whens),
            tr("Quicker pictures of one size, which differ by a level or two; takes minutes."),
        )  # fmt: skip
        group.add_note(self.compile_note)
        return group

    def _computing(self) -> SettingGroup:
        tr = self.tr
        group = SettingGroup(tr("Computing (from the next start)"))
        devices = (
            ("", tr("what suits the machine")), ("cpu", tr("processor")),
            ("cuda", tr("graphics card (CUDA)")), ("mps", tr("Apple graphics (MPS)")),
        )  # fmt: skip
        self._add(group, tr("Device"), ChoiceRow("device", tr("Device"), devices))
        precisions = [("", tr("what suits the device"))]
        precisions += [(name, name) for name in ("float32", "bfloat16", "float16")]
        self._add(group, tr("Precision"), ChoiceRow("dtype", tr("Precision"), precisions))
        group.add_note(self.precision_note)
        modes = (
            ("auto", tr("in the weights where they can be written")),
            ("merged", tr("always in the weights")), ("unmerged", tr("always beside the weights")),
        )  # fmt: skip
        self._add(
            group, tr("Adapters"), ChoiceRow("merge_mode", tr("Adapters"), modes),
            tr("In the weights they cost nothing while a picture is made."),
        )  # fmt: skip
        kept = (
            ("auto", tr("what fits")), ("resident", tr("beside the weights")),
            ("pinned", tr("in main memory")), ("lean", tr("read again from the file")),
        )  # fmt: skip
        self._add(group, tr("Base weights"), ChoiceRow("originals", tr("Base weights"), kept),
                  tr("Where those are kept that adapters change."))  # fmt: skip
        memory = NumberRow(
            "memory_budget_gb", tr("Memory for base weights"), 0, _MOST_GB, "GB",
            nothing=tr("half of what is free"), usual=_USUAL_GB,
        )  # fmt: skip
        self._add(group, tr("At most"), memory)
        return group

    def _files(self) -> SettingGroup:
        tr = self.tr
        group = SettingGroup(tr("Files"))
        parts = FolderRow(
            "components_folder", tr("Components folder"), tr("none"),
            self._dialogs.choose_components_folder,
        )  # fmt: skip
        self._add(
            group, tr("Components"), parts,
            tr("Where text encoders, tokenizers and VAEs lie that a base file lacks."),
        )  # fmt: skip
        store = NumberRow("picture_store_gb", tr("Picture store"), 0, _MOST_GB, "GB")
        self._add(
            group, tr("Finished pictures"), store,
            tr("What they may take on disk, from the next start; 0 keeps none."),
        )  # fmt: skip
        return group

    # -- what happens -------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, change: dict[str, object]) -> None:
        self._settings.change(**change)

    @Slot(object)
    def _show(self, settings: Settings) -> None:
        for row in self.rows.values():
            row.show_settings(settings)
        before = self._started_with
        waits = any(getattr(settings, name) != getattr(before, name) for name in AT_START)
        words = self.tr("Some of what was changed counts from the next start.")
        self._waiting.setText(words if waits else "")
        self.restart.setVisible(waits)
