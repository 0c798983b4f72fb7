"""The functions that the bridge calls for pictures in files."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.core.animation import ANIMATION_CHUNK, Animation
from loraviewer.core.cancel import CancelToken
from loraviewer.core.contact_sheet import SHEET_CHUNK, ContactSheet
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter, FoundFiles
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.foreign.read import read_picture
from loraviewer.core.foreign.restoring import OpenedPicture
from loraviewer.core.outcome import FileError, LoraviewerError, Rendered
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.resources import DEMO, checkpoint_path
from loraviewer.core.sentences import say
from loraviewer.core.verification import RecordedPicture, Verification

if TYPE_CHECKING:
    from loraviewer.adapters.files.hash_cache import HashCache

_NOTHING = say("nothing in it says how it was made, in a way that is known here")
_OF_MANY = {
    SHEET_CHUNK: say("it is a sheet of several pictures; open one that was saved alone"),
    ANIMATION_CHUNK: say("it is an animation of several pictures; open one that was saved alone"),
}


def picture_services(cache: "Callable[[], HashCache]") -> PictureServices:
    def open_picture(path: Path, places: AdapterPlaces, token: CancelToken) -> OpenedPicture:
        from loraviewer.pictures.texts import picture_texts

        texts = picture_texts(path)
        read = read_picture(texts)
        if read is None:
            reason = next((why for key, why in _OF_MANY.items() if key in texts), _NOTHING)
            raise FileError(say("“{path}” cannot be opened: {why}.", path=str(path), why=reason))
        files = find(read.loras, places, token)
        found, summaries = files.found, files.summaries
        return OpenedPicture(path=str(path), read=read, found=found, summaries=summaries)

    def find(
        adapters: Sequence[ForeignAdapter], places: AdapterPlaces, token: CancelToken
    ) -> FoundFiles:
        from loraviewer.adapters.finding import AdapterFinder

        found = tuple(map(AdapterFinder(places, cache(), token).find, adapters))
        return FoundFiles(found, _summaries(found, cache(), token))

    def recorded(
        path: Path, places: AdapterPlaces, token: CancelToken
    ) -> RecordedPicture | Verification:
        from loraviewer.engine.verification import recorded_picture

        return recorded_picture(path, places, cache(), token)

    def save_sheet(path: Path, sheet: ContactSheet) -> None:
        from loraviewer.pictures.contact_sheet import write_sheet

        write_sheet(path, sheet)

    def save_animation(path: Path, animation: Animation) -> None:
        from loraviewer.pictures.animation import write_animation

        write_animation(path, animation)

    return PictureServices(
        open=open_picture,
        find=find,
        base_of=_base_of,
        recorded=recorded,
        verified=_verified,
        save_sheet=save_sheet,
        save_animation=save_animation,
    )


def _summaries(
    found: tuple[FoundAdapter, ...], cache: "HashCache", token: CancelToken
) -> tuple[AdapterSummary, ...]:
    """Of those that can be read; the others say why in their rows."""
    from loraviewer.adapters.about.summary import summarise

    summaries: list[AdapterSummary] = []
    for path in dict.fromkeys(one.path for one in found if one.path):
        try:
            summaries.append(summarise(Path(path), cache, token))
        except LoraviewerError:
            continue
    return tuple(summaries)


def _base_of(path: Path) -> str:
    from loraviewer.pictures.texts import picture_texts

    try:
        read = read_picture(picture_texts(path))
    except LoraviewerError:
        return ""  # whoever opens it is told
    request = read.request if read else None
    base = request.checkpoint.path if request else ""
    return base if base == DEMO or (base and os.path.exists(checkpoint_path(base))) else ""


def _verified(recorded: RecordedPicture, rendered: Rendered) -> Verification:
    from loraviewer.engine.verification import verification_of

    return verification_of(recorded, rendered)
