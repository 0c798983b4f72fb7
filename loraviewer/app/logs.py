"""The files that tell what went wrong in a studio: a log that rotates, and crashes beside it."""

import faulthandler
import logging
import platform
import sys
from contextlib import ExitStack
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from loraviewer import __version__
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_MOST_BYTES = 1 << 20
_OLDER_FILES = 3
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(threadName)s: %(message)s"


class Logs:
    """Of one run, from its making to `close`. Several studios may share the files.

    A folder that cannot be written costs the log, never the start; `complaint` says so then.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "loraviewer.log"
        self.crashes: IO[str] | None = None
        """Where Python's last words go; open until `close`, None without a folder to write."""
        self.complaint = ""
        self._open = ExitStack()
        self._logger = logging.getLogger("loraviewer")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._start(folder / "crashes.log")
        except OSError as error:
            self.complaint = say(
                "No log is kept in “{folder}”: {why}.",
                folder=str(folder),
                why=reason_of(error),
            )

    def close(self) -> None:
        self._logger.info("ended")
        self._open.close()
        self.crashes = None

    def _start(self, crashes: Path) -> None:
        handler = RotatingFileHandler(
            self.path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter(_FORMAT))
        self._open.callback(handler.close)
        self._open.callback(self._logger.removeHandler, handler)
        self._logger.addHandler(handler)
        self._open.callback(self._logger.setLevel, self._logger.level)
        self._logger.setLevel(logging.INFO)
        self.crashes = self._open.enter_context(_appended(crashes))
        # Who asked Python for it wants it on stderr.
        if not faulthandler.is_enabled():
            faulthandler.enable(self.crashes)
            self._open.callback(faulthandler.disable)
        self._logger.info(
            "loraviewer %s, Python %s, %s", __version__, platform.python_version(), sys.platform
        )


def _appended(path: Path) -> IO[str]:
    """Begun anew where it has grown long: nothing rotates what is written while crashing."""
    is_long = path.exists() and path.stat().st_size > _MOST_BYTES
    return path.open("w" if is_long else "a", encoding="utf-8")
