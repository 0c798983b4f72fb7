"""The studio without its window: the models, and how they keep each other in step."""

import time
from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.activity import Activity
from loraviewer.bridge.adapters.adapter_finder import AdapterFinder
from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.adapters.draft_offers import DraftOffers
from loraviewer.bridge.adapters.named_adapters import NamedAdapters
from loraviewer.bridge.adapters.preview_images import PreviewImages
from loraviewer.bridge.adapters.prompt_tags import PromptTags
from loraviewer.bridge.adapters.row_paste import RowPaste
from loraviewer.bridge.adapters.trigger_words import TriggerWords
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_choices import BaseChoices
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.base_plans import BasePlans
from loraviewer.bridge.cells.cell_desk import CellDesk
from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.example_scenes import ExampleScenes
from loraviewer.bridge.experiments.experiment_desk import ExperimentDesk
from loraviewer.bridge.experiments.folder_copies import FolderCopies
from loraviewer.bridge.exporting.export_desk import ExportDesk
from loraviewer.bridge.library.library_desk import LibraryDesk
from loraviewer.bridge.openings import Openings
from loraviewer.bridge.pictures.picture_desk import PictureDesk
from loraviewer.bridge.pictures.picture_saver import PictureSaver
from loraviewer.bridge.pictures.store_desk import StoreDesk
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.bridge.presenter.presenter_desk import PresenterDesk
from loraviewer.bridge.rendering.debounce import Timer
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.job_router import JobRouter
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.render_scheduler import RenderScheduler
from loraviewer.bridge.rendering.wishes import Wishes
from loraviewer.bridge.services import Services
from loraviewer.bridge.sessions.session_model import SessionModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.bridge.weight_checks import WeightChecks
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.bridge.words.prompt_history import PromptHistory
from loraviewer.bridge.words.prompt_writer import PromptWriter
from loraviewer.bridge.words.wildcard_model import WildcardModel
from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure
from loraviewer.core.pane import PaneState
from loraviewer.core.reports import CheckpointInfo
from loraviewer.core.settings import Settings

CLOSING_S = 6.0
"""How long closing waits for all threads together."""


class StudioController(QObject):
    """Builds the models and hands them to the window; holds what needs several of them.

    GUI thread only.
    """

    notice = Signal(object)  # Failure that belongs to no other place

    def __init__(
        self,
        engine: Engine,
        services: Services,
        settings: Settings | None = None,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
        timer: Timer | None = None,
    ) -> None:
        """clock, timer: of the scheduler."""
        super().__init__(parent)
        self._engine = engine
        self._services = services
        self._tasks = BackgroundTasks(self)
        # Hashing a folder of adapters must not hold up saving a picture, and of all that waits
        # when the window closes only the pictures are to be had no more.
        self._hashing = BackgroundTasks(self)
        self._saving = BackgroundTasks(self)
        self._has_ended: bool | None = None
        self.demo_checkpoint = services.demo_checkpoint
        self.demo_adapters = services.demo_adapters
        self.settings = SettingsModel(settings or Settings(), self)
        self._build_document()
        self._build_facts()
        self._build_files()
        self._build_pictures(clock, timer)
        self._build_library()
        self._connect()

    def _build_document(self) -> None:
        """What a person edits."""
        self.document = DocumentModel(self)
        self.places = DocumentPanes(self.document, self)
        self.stack = StackModel(self.document, self)
        self.prompt = PromptModel(self.document, self)
        self.snapshots = SnapshotModel(self.document, self)

    def _build_facts(self) -> None:
        """What is known: of pictures, the base, adapters, weights."""
        services = self._services
        self.panes = PaneModel(self)
        self.status = StatusModel(self)
        plans = BasePlans(self.settings, self._tasks, services.plan_base, self)
        self.base = BaseModel(self._engine, self.settings, self, plans)
        self.bases = BaseChoices(self.settings, self._tasks, services.demo_checkpoint, self)
        self.adapters = AdapterModel(self._engine, self.settings, self)
        self.triggers = TriggerWords(self.stack, self.adapters, self)
        self.checks = WeightChecks(self._engine, self)
        self.previews = PreviewImages(self._tasks, services.find_preview, self)

    def _build_files(self) -> None:
        """What is read and written."""
        services = self._services
        document, base, adapters = self.document, self.base, self.adapters
        self.saver = PictureSaver(self.panes, self._saving, services.save_png, self)
        self.intake = AdapterIntake(services.summarise, self._hashing, adapters, self.stack, self)
        self.draft_offers = DraftOffers(self.intake, adapters, self.stack, self)
        self.pictures = PictureDesk(
            *(self._engine, document, adapters, base, self.settings),
            *(self._hashing, self._saving, services, self),
        )
        self.examples = ExampleScenes(document, base, self.intake, services, self._tasks, self)
        self.finder = AdapterFinder(
            document, adapters, self.settings, services, self._hashing, self
        )
        places = self.pictures.opening.places
        named = (adapters, places, services.pictures, self._hashing)
        self.row_paste = RowPaste(self.stack, self.finder, NamedAdapters(*named), self)
        self.wildcards = WildcardModel(self.settings, self._tasks, self)
        self.prompt_tags = PromptTags(self.stack, self.prompt, NamedAdapters(*named), self)
        self.store = StoreDesk(
            *(document, self.panes, base, adapters, self.checks, self._hashing, services, self)
        )
        self.prompt_history = PromptHistory(self.prompt, services.prompts_file, self)
        self.prompt_writer = PromptWriter(self.prompt, self.settings, self)
        self.sessions = SessionModel(
            *(document, base, self.settings, self.finder, self.store.shown, services, self)
        )
        self.exports = ExportDesk(*(document, adapters, base, self.panes, services.program), self)
        self.openings = Openings(
            *(base, self.intake, self.sessions, self.pictures, self.examples),
            *(self.status, self._tasks, services, self),
        )

    def _build_pictures(self, clock: Callable[[], float], timer: Timer | None) -> None:
        """What has pictures made."""
        engine, document, stack, panes = self._engine, self.document, self.stack, self.panes
        base, adapters, settings = self.base, self.adapters, self.settings
        stored, draft_steps = self.store.pictures, settings.settings.draft_steps
        scheduler = RenderScheduler(engine, panes, draft_steps, clock, timer, self, stored=stored)
        self._scheduler = scheduler
        self._wishes = Wishes(document, stack, adapters, settings, panes, scheduler, base, self)
        self.cells = CellDesk(
            *(engine, document, stack, panes, adapters, base),
            *(settings, scheduler, stored, self),
        )
        self.stage = PresenterDesk(
            *(document, self.places, stack, self.snapshots),
            *(panes, adapters, base, self.cells.queue),
            *(settings, self._services.open_midi, self),
        )
        self.weights = WeightsDesk(engine, stack, adapters, self)
        self._experiment_desk = ExperimentDesk(
            *(engine, document, panes, adapters, base),
            *(self.cells.queue, stored, self._services.experiments, settings, self._wishes, self),
        )
        self.experiments = experiments = self._experiment_desk.experiments
        self.cells.ahead.rest_while(lambda: experiments.is_running)
        experiments.state_changed.connect(self.cells.ahead.look_again)
        self.experiment_copies = FolderCopies(self._tasks, self)
        file, tasks = self._services.speed_file, self._tasks
        self.precision = PrecisionModel(engine, base, file, tasks, self._idleness(), self)
        self.compiling = CompileModel(engine, panes, settings, self._idleness(), self)
        scheduler.set_compiled(settings.settings.asks_compiled)
        self._router = JobRouter(
            *(engine, base, adapters, self.checks, self.status),
            *(scheduler, self.cells.queue, self.weights, self._experiment_desk.lane),
            *(self.precision, self.compiling, self),
        )

    def _build_library(self) -> None:
        base, intake, panes = self.base, self.intake, self.panes
        self.library = LibraryDesk(
            *(self.document, panes, base, self.stack, self.places, intake),
            *(self.adapters, self.settings, self.cells.queue, self._services),
            *(self._idleness(), self),
        )

    def _idleness(self) -> Callable[[], bool]:
        """Says whether nothing that makes or reads anything is at work. It holds the models and
        not the controller, which its own models must not keep alive."""
        base, intake, panes = self.base, self.intake, self.panes
        cells, experiments = self.cells.queue, self.experiments

        def is_idle() -> bool:
            is_reading = base.is_loading or intake.is_reading
            return not (is_reading or panes.is_busy or cells.is_at_work or experiments.is_running)

        return is_idle

    def _connect(self) -> None:
        speakers = (self.intake, self.saver, self.pictures, self.store, self._router)
        speakers = (*speakers, self.library)
        for source in (*speakers, self.sessions, self.finder, self.openings, self.examples):
            source.notice.connect(self.notice)
        self.settings.changed.connect(self._on_settings_changed)
        self.store.pictures.shown.connect(self.prompt_history.learn)
        self.wildcards.changed.connect(self.prompt.use_wildcards)
        self.wildcards.chosen.connect(self.prompt.draw_from)
        self.base.opened.connect(self._scheduler.stop)
        self.base.changed.connect(self._on_base_changed)
        self.base.failed.connect(self._on_base_failed)
        self.base.loading.connect(self.library.rest)
        self.panes.pane_changed.connect(self._on_pane_changed)
        self.sessions.installing.connect(self.intake.stop)
        self.sessions.installing.connect(self.row_paste.stop)
        self.sessions.installing.connect(self.prompt_tags.stop)
        self._activity = Activity(
            *(self.base, self.intake, self.places, self.panes),
            *(self.cells.queue, self.experiments, self.status, self),
        )
        self._activity.follow(self.compiling)

    # What the window commands.

    def start(self) -> None:
        """Start the engine thread; work submitted before waits for it."""
        self._engine.start()
        self.wildcards.look_again()
        self.prompt_history.look_again()
        self.precision.look()

    @Slot()
    def render(self) -> None:
        """Settled pictures of all panes that are seen, now."""
        self._wishes.render()

    @Slot(object)
    def look_at(self, pane_ids: Collection[PaneId]) -> None:
        """Panes that are compared out of their places; none while all are in them."""
        self._wishes.look_at(pane_ids)

    @Slot()
    def stop(self) -> bool:
        """Cancel loading and rendering; pictures and weights stay as they are. Whether there was
        anything to stop."""
        is_at_work = self._is_at_work() | self.pictures.stop()
        self._wishes.stop()
        self.cells.queue.stop()
        self.experiments.pause()
        self.intake.stop()
        self.row_paste.stop()
        self.prompt_tags.stop()
        self.base.cancel()
        if is_at_work:
            self._activity.tell_stopped()
        return is_at_work

    def _is_at_work(self) -> bool:
        is_loading = self.base.is_loading or self.intake.is_reading
        waiting = (pane.stack for pane in self._wishes.wanted())
        is_to_come = any(map(self.adapters.is_waiting, waiting)) and not self._wishes.is_stopped
        is_small = self.cells.queue.is_at_work or self.experiments.is_running
        return self.panes.is_busy or is_loading or is_to_come or is_small

    @Slot(bool)
    def set_live(self, on: bool) -> None:
        """Whether edits are rendered as they are made."""
        if on != self.settings.settings.is_live:
            self.settings.change(is_live=on)
            if on:
                self.render()

    def look_again(self) -> None:
        """Files may have come back while the person was elsewhere: what was said of them would be
        untrue."""
        self.previews.look_again()
        self.library.watch.look_again()
        self.wildcards.look_again()
        self.prompt_history.look_again()
        document = self.document.document
        if self.base.info is None or not self.adapters.request_failed(document.all_rows()):
            return
        for pane in self._wishes.wanted():
            if self.panes.pane(pane.pane_id).failure is not None:
                self._wishes.update(pane.pane_id)

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        self._scheduler.set_draft_steps(settings.draft_steps)
        self._scheduler.set_compiled(settings.asks_compiled)

    def close(self) -> bool:
        """Write the pictures that wait to be saved, stop everything else and end the threads;
        nothing is emitted afterwards. Whether all of them have ended: if not, only the end of the
        process ends them."""
        if self._has_ended is not None:
            return self._has_ended
        self.stage.model.end()
        # Its destructor tells of a last change, when who listens may be gone already.
        self.document.undo_stack.blockSignals(True)
        self._scheduler.stop()
        self.cells.queue.stop()
        self.experiments.begin_closing()
        self.weights.close()
        self.precision.close()
        self.compiling.close()
        self.intake.stop()
        self.finder.stop()
        self.row_paste.stop()
        self.prompt_tags.stop()
        self.prompt_writer.hang_up()
        self.pictures.stop()
        self.exports.close()
        self.library.begin_closing()
        self._services.give_up()
        self._has_ended = self._end_threads()
        return self._has_ended

    def _end_threads(self) -> bool:
        """What is open is kept first; then all are told to end before any is waited for."""
        end = time.monotonic() + CLOSING_S

        def left_ms() -> int:
            return max(0, round(1000 * (end - time.monotonic())))

        for tasks in (self._tasks, self._hashing):
            tasks.forget()
        have_ended = [self.sessions.close(left_ms() // 2)]
        have_ended += [self._engine.close(), self.saver.finish(left_ms())]
        have_ended.append(self.experiments.close(left_ms()))
        have_ended.append(self.prompt_history.close(left_ms()))
        have_ended.append(self.prompt_writer.close(left_ms()))
        have_ended.append(self.store.pictures.close(left_ms()))
        have_ended.append(self.library.close(left_ms()))
        pools = (self._tasks, self._hashing, self._saving)
        have_ended += [tasks.close(left_ms()) for tasks in pools]
        return all(have_ended)

    # Reactions.

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.is_busy:
            self.checks.forget()
            self.library.rest()

    @Slot(object)
    def _on_base_changed(self, info: CheckpointInfo) -> None:
        self._scheduler.use_checkpoint(info)
        self.checks.forget()
        self.status.change(device=info.device, dtype=info.dtype, memory=None)
        self.bases.remember(info)
        self.adapters.use_base(info, self.document.document.all_rows())
        if not self.sessions.base.arrived(info):
            self.prompt.reset_all(info.fitted)
        self.pictures.opening.on_base_shown()
        self.cells.ahead.use_base(info)
        if not self.base.is_loading:  # else yet another one is on its way
            self.render()

    @Slot(object)
    def _on_base_failed(self, _: Failure) -> None:
        if self.settings.settings.is_live:
            self.render()  # what loading interrupted; answered pictures are left alone
