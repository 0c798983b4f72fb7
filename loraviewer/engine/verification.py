"""Making a saved picture again from its record. Free of torch until an engine is given."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.finding import AdapterFinder
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter
from loraviewer.core.foreign.own import OWN
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.infotext import read_json, record_of
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter, in_canonical_order
from loraviewer.core.verification import (
    RecordedPicture,
    Verification,
    beyond_record,
    causes_of,
    impossible,
    judged,
    other_size,
)
from loraviewer.pictures.pixels import differences, read_pixels
from loraviewer.pictures.texts import picture_texts

if TYPE_CHECKING:
    from loraviewer.engine.studio_engine import StudioEngine

_NO_RECORD = say("a record that loraviewer wrote, of which it has none")
_MOST_THREADS = 256
"""As few computers have: each takes memory before it does anything, and a record may say any."""


def recorded_picture(
    path: Path, places: AdapterPlaces, cache: HashCache, token: CancelToken
) -> RecordedPicture | Verification:
    """What is to be made again, or the answer where that is known already. Hashes the adapters,
    seconds per gigabyte; whether its base is there is not looked at. Raises `FileError` where the
    picture cannot be read, and `Cancelled`."""
    text = picture_texts(path).get(OWN)
    if text is None:
        return impossible(_NO_RECORD)
    try:
        read = read_json(text)
    except FileError as error:
        raise FileError(say("{path}: {why}", path=str(path), why=error.message)) from error
    if read.record.beyond:
        return impossible(beyond_record(read.record.beyond))
    request = read.record.request
    pixels = read_pixels(path, request.sampling.width, request.sampling.height)
    if pixels is None:
        return other_size()
    finder = AdapterFinder(places, cache, token)
    found = {a.sha256: finder.find(_named(a)) for a in _all_adapters(request)}
    changed = dict.fromkeys(one.adapter.name for one in found.values() if one.is_changed)
    return RecordedPicture(
        record=read.record,
        picture=pixels,
        request=_moved(request, found),
        changed=tuple(changed),
        missing=tuple(_missing(found.values(), read.note)),
    )


def verification_of(recorded: RecordedPicture, rendered: Rendered) -> Verification:
    """rendered: what was made of `recorded.request` now."""
    again = record_of(rendered)
    if (rendered.picture.width, rendered.picture.height) != (
        recorded.picture.width,
        recorded.picture.height,
    ):
        return other_size()
    causes = causes_of(recorded.record, again, recorded.changed)
    return judged(differences(recorded.picture, rendered.picture), causes)


def made_again(
    engine: "StudioEngine", recorded: RecordedPicture, token: CancelToken, show: LoadProgress
) -> Verification:
    """By an engine that has the base loaded and nothing of the picture in a cache, with as many
    CPU threads as then."""
    from loraviewer.engine.spare_cores import torch_threads

    # Whether the weights are the same is told by comparing, not by refusing.
    base = msgspec.structs.replace(recorded.request.checkpoint, identity="")
    request = msgspec.structs.replace(recorded.request, checkpoint=base)
    with torch_threads(_threads_of(recorded)):
        if request.resumed is not None:  # its first steps are another picture's
            engine.render(request.origin(), token, lambda _: None)
        rendered = engine.render(
            request, token, lambda step: show("picture", step.step / step.steps)
        )
        return verification_of(recorded, rendered)


def _threads_of(recorded: RecordedPicture) -> int:
    """As many as then; as many as usual where its record names none that can be."""
    import torch

    then = recorded.record.threads
    return then if 0 < then <= _MOST_THREADS else torch.get_num_threads()


def _all_adapters(request: GenerationRequest) -> tuple[AppliedAdapter, ...]:
    """Of the picture itself, and of those that a draft took weights or steps from."""
    resumed = request.resumed.adapters if request.resumed else ()
    return (*request.adapters, *request.grasped, *resumed)


def _named(applied: AppliedAdapter) -> ForeignAdapter:
    name = applied.name or applied.sha256[:10]
    return ForeignAdapter(name=name, hashes=(applied.sha256,), path=applied.path)


def _missing(found: Iterable[FoundAdapter], note: str) -> Iterator[str]:
    if note:
        yield note.rstrip(".")
    for one in found:
        if one.others:
            yield say(
                "several files are called “{name}”, and none is the one it names",
                name=one.adapter.name,
            )
        elif not one.by:
            yield say("the adapter “{name}” is not there", name=one.adapter.name)


def _moved(request: GenerationRequest, found: Mapping[str, FoundAdapter]) -> GenerationRequest:
    """With each adapter where it lies now, canonical again."""

    def now(adapters: tuple[AppliedAdapter, ...]) -> tuple[AppliedAdapter, ...]:
        return in_canonical_order(_lying(adapter, found[adapter.sha256]) for adapter in adapters)

    resumed = request.resumed
    return msgspec.structs.replace(
        request,
        adapters=now(request.adapters),
        grasped=now(request.grasped),
        held=found[request.held].sha256 if request.held in found else request.held,
        resumed=resumed and msgspec.structs.replace(resumed, adapters=now(resumed.adapters)),
    )


def _lying(adapter: AppliedAdapter, found: FoundAdapter) -> AppliedAdapter:
    if not found.by:
        return adapter
    return msgspec.structs.replace(adapter, path=found.path, sha256=found.sha256)
