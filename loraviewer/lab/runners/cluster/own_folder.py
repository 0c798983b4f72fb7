"""Where a driver and a cluster of one's own write. Whoever asked for it holds it by a lock, so that
what a run left behind, with all its processes killed at once, is removed by the next one."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

_PREFIX = "lv-ray-"
_HELD = "held"
_NEW_S = 10.0
"""A younger folder may be one that nobody has come to hold yet."""
_TRIES, _TURN_S = 50, 0.1


@contextlib.contextmanager
def own_folder() -> Generator[Path]:
    """A new one with a short path, since sockets lie in it; removed afterwards."""
    from filelock import FileLock  # not needed to start

    remove_left_behind()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with FileLock(folder / _HELD):
            yield folder
    finally:
        removed(folder)


def removed(folder: Path) -> bool:
    """Whether it is gone. Processes that end may write there once more, so it tries for seconds."""
    for _ in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return True
        time.sleep(_TURN_S)
    return False


def remove_left_behind() -> None:
    """All folders whose holders have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another person's, or gone meanwhile
            if time.time() - folder.stat().st_mtime > _NEW_S and not _is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / _HELD, timeout=0):
            return False
    except Timeout:
        return True
