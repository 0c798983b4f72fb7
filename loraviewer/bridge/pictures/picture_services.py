"""What the bridge needs from below to read, check and write pictures: functions that `app` hands
down, free of torch and safe to call in the thread pool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from loraviewer.core.animation import Animation
from loraviewer.core.cancel import CancelToken
from loraviewer.core.contact_sheet import ContactSheet
from loraviewer.core.foreign.found import AdapterPlaces, FoundFiles
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.restoring import OpenedPicture
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.sentences import say
from loraviewer.core.verification import RecordedPicture, Verification


def _unavailable(*_: object) -> NoReturn:
    raise FileError(say("Pictures cannot be read or written here."))


@dataclass(frozen=True)
class PictureServices:
    """All raise `FileError` that names the file; those that hash adapters take seconds per
    gigabyte, and raise `Cancelled` when the token says so."""

    open: Callable[[Path, AdapterPlaces, CancelToken], OpenedPicture] = _unavailable
    find: Callable[[Sequence[ForeignAdapter], AdapterPlaces, CancelToken], FoundFiles] = (
        _unavailable
    )
    """Adapters that a text names, as a picture does."""
    base_of: Callable[[Path], str] = lambda _: ""
    """The base that a picture was made on, by what opens it, if it is there; else ""."""
    recorded: Callable[[Path, AdapterPlaces, CancelToken], RecordedPicture | Verification] = (
        _unavailable
    )
    verified: Callable[[RecordedPicture, Rendered], Verification] = _unavailable
    save_sheet: Callable[[Path, ContactSheet], None] = _unavailable
    save_animation: Callable[[Path, Animation], None] = _unavailable
