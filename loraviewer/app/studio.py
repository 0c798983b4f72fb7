"""Composition root of the studio: builds the objects, hands them down, runs the event loop.

Nothing here imports torch: the engine is made on the engine thread, after the first paint.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from loraviewer import __version__
from loraviewer.app.last_resort import LastResort
from loraviewer.app.logged_failures import LoggedFailures
from loraviewer.app.logs import Logs
from loraviewer.app.milestones import FirstPaint, Milestones
from loraviewer.app.services import picture_store, services
from loraviewer.app.stop_signals import StopSignals
from loraviewer.app.unexpected_errors import UnexpectedErrors
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.languages import WindowLanguage
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core import resources
from loraviewer.core.collector import keep_for_good, resume_collector
from loraviewer.core.engine_port import EnginePort
from loraviewer.core.examples import OPENING
from loraviewer.core.outcome import (
    Failure,
    FailureKind,
    FileError,
    RequestError,
)
from loraviewer.core.sentences import in_quotes, say, together, with_or
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.window_place import place_file

if TYPE_CHECKING:
    pass

_TRACE = "LORAVIEWER_TRACE"


RESTART = -1
"""No exit status: the studio is to be opened again, with all that was open."""


def run(paths: Sequence[str]) -> int:
    """Open the studio on `paths` (checkpoint, adapters) or on the demo; returns the exit status, or
    `RESTART`."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    _name(application)
    logs = Logs(platformdirs.user_log_path("loraviewer", appauthor=False))
    errors = UnexpectedErrors(application)
    try:
        return _run(application, paths, logs, errors)
    finally:
        errors.close()
        logs.close()


def _run(
    application: QApplication, paths: Sequence[str], logs: Logs, errors: UnexpectedErrors
) -> int:
    signals = StopSignals(application)
    config = platformdirs.user_config_path("loraviewer", appauthor=False)
    cache = platformdirs.user_cache_path("loraviewer", appauthor=False)
    state = platformdirs.user_state_path("loraviewer", appauthor=False)
    data = platformdirs.user_data_path("loraviewer", appauthor=False)
    log_file = None if logs.complaint else logs.path
    studio = Studio(config, cache, make_engine, paths, log_file, state, data, offers_tour=True)
    errors.told.connect(studio.tell)
    signals.stopped.connect(studio.window.close)
    signals.stopped.connect(application.quit)
    QTimer.singleShot(0, signals.repeat)
    studio.window.show()
    with LastResort(logs.crashes) as last_resort:
        studio.window.closing.connect(last_resort.arm)
        status = application.exec()
        last_resort.arm()
        has_ended = studio.dispose()
        status = signals.status or (RESTART if studio.is_to_restart else status)
        signals.close()
        if (
            not has_ended and status != RESTART
        ):  # a thread that never comes back, as from a dead network drive
            _end_now(status)
    return status


def _end_now(status: int) -> None:
    """Without the clean-ups that would wait for it; all that is to be saved has been."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def make_engine(settings: Settings) -> EnginePort:
    """Called on the engine thread, where torch is first imported. Raises `RequestError` that names
    the setting where one asks for what this machine does not have."""
    from loraviewer.engine.compiling.compiler import ProcessCompiler, programs_folder
    from loraviewer.engine.studio_engine import StudioEngine
    from loraviewer.lab.experiments.picture_lab import PictureLab
    from loraviewer.lab.weights.weight_lab import WeightLab

    try:
        engine = StudioEngine(
            settings.device or None,
            settings.dtype or None,
            components=resources.usual_components_folder(),
            memory=settings.memory,
            merge_mode=settings.merge_mode,
            shares_cores=True,
            weight_lab=WeightLab(),
            picture_lab=PictureLab(),
            compiler=ProcessCompiler(programs_folder()),
        )
    except RequestError as error:
        asked = [in_quotes(name) for name in ("device", "dtype") if getattr(settings, name)]
        if not asked:
            raise
        words = say("The setting {names} in settings.json asks for it.", names=with_or(asked))
        raise RequestError(together((error.message, words))) from error
    from loraviewer.engine.usual_imports import import_usual_parts

    import_usual_parts()
    keep_for_good()
    return engine


class Studio(QObject):
    """The composed studio. Loading begins once the window has been painted."""

    def __init__(
        self,
        config_folder: Path,
        cache_folder: Path,
        engine_factory: Callable[[Settings], EnginePort],
        paths: Sequence[str] = (),
        log_file: Path | None = None,
        state_folder: Path | None = None,
        data_folder: Path | None = None,
        *,
        offers_tour: bool = False,
    ) -> None:
        """log_file: where the log of this run lies, None without one. state_folder: where what is
        open is kept for the next start; None for the folder of settings. data_folder: what outlives
        the caches, such as finished pictures; None where nothing is to. offers_tour: whether a
        first start shows its hints."""
        super().__init__()
        self._settings_file = SettingsFile(config_folder / "settings.json")
        settings, complaint = self._settings_file.load()
        self._language = WindowLanguage(_application(), settings.language)
        self._paths = tuple(map(resources.absolute_source, paths))
        engine_thread = EngineThread(lambda: engine_factory(settings), self)
        pictures = picture_store(data_folder, settings) if data_folder else None
        state = state_folder or config_folder
        offered = services(cache_folder, state, pictures, data_folder or state)
        self.controller = StudioController(engine_thread, offered, settings, self)
        geometry, place_complaint = place_file(config_folder)
        self._complaints = [
            said for said in (place_complaint, complaint, self._language.complaint) if said
        ]
        self._offers_tour = offers_tour
        self.is_to_restart = False
        self.controller.intake.expect()
        self.window = MainWindow(self.controller, geometry, log_file)
        self.controller.settings.changed.connect(self._save_settings)
        self.window.restart_wanted.connect(self._restart)
        paint = FirstPaint(self.window)
        # Queued: the paint must reach the screen before the import of torch begins.
        paint.happened.connect(self._begin, Qt.ConnectionType.QueuedConnection)
        LoggedFailures(self.controller)
        # After the first load, whatever came of it, little more is imported.
        self.controller.base.changed.connect(self._on_loaded)
        self.controller.base.failed.connect(self._on_loaded)
        if _TRACE in os.environ:
            Milestones(Path(os.environ[_TRACE]), self.controller, paint)

    def dispose(self) -> bool:
        """End the threads and destroy all Qt objects now, on this thread. Whether that is done:
        not while a thread still runs.

        Python's cycle collector runs on whichever thread allocates; a window left to it could be
        destroyed on the engine thread of the next studio in this process.
        """
        if not self.controller.close():
            return False
        _leave_plain_clipboard()
        shiboken6.delete(self.window)
        self._language.close()
        shiboken6.delete(self)
        return True

    @Slot(object)
    def tell(self, failure: Failure) -> None:
        """Show a sentence that belongs to no other place."""
        self.controller.notice.emit(failure)

    @Slot()
    def _restart(self) -> None:
        """Once the window is closed, which pictures that are being saved may hold up."""
        self.is_to_restart = True
        self.window.close()

    @Slot()
    def _begin(self) -> None:
        controller = self.controller
        for complaint in self._complaints:
            controller.notice.emit(Failure(FailureKind.FILE, complaint))
        if self._paths:
            controller.prompt.reset(OPENING.sampling)
            is_demo_named = controller.demo_checkpoint in self._paths
            controller.sessions.begin(is_demo_named=is_demo_named)
            controller.openings.open_named(self._paths)
        elif controller.sessions.restore():
            controller.intake.start_with(())  # nothing more is expected
            if not controller.base.is_loading:  # it was ended before a base was loaded
                controller.base.open(controller.demo_checkpoint)
        else:
            controller.prompt.reset(OPENING.sampling)
            controller.intake.start_with(first_rows(controller.demo_adapters))
            controller.base.open(controller.demo_checkpoint)
            if self._offers_tour:
                self.window.tour.offer()
        QTimer.singleShot(0, controller.start)

    @Slot(object)
    def _on_loaded(self, _: object) -> None:
        resume_collector()

    @Slot(object)
    def _save_settings(self, settings: Settings) -> None:
        try:
            self._settings_file.save(settings)
        except FileError as error:
            self.controller.notice.emit(error.failure())


def _leave_plain_clipboard() -> None:
    """What was copied is kept as text or as a picture: data that Python made would outlive the
    interpreter, and crash the process at its very end."""
    clipboard = QGuiApplication.clipboard()
    text, image = clipboard.text(), clipboard.image()
    if text:
        clipboard.setText(text)
    elif not image.isNull():
        clipboard.setImage(image)
    else:
        clipboard.clear()


def first_rows(adapters: Sequence[DemoAdapter]) -> list[tuple[str, float, bool]]:
    """The demo adapters that lie in the stack at a first start, as (path, scale, is_enabled)."""
    return OPENING.with_paths({adapter.name: adapter.path for adapter in adapters})


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def _name(application: QApplication) -> None:
    application.setApplicationName("loraviewer")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("loraviewer")
    QGuiApplication.setWindowIcon(
        QIcon(str(resources.resource_root() / "icons" / "loraviewer.svg"))
    )
