"""What options came to, kept for the next time: an experiment of which all pictures lie somewhere
is then told again without the base being loaded.

A hint in the folder of caches, of a few files: where it is gone, the base is asked again. Its name
says all that decides it.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.experiments.description import Experiment, encoded
from loraviewer.core.infotext import installed_versions
from loraviewer.core.landing import Landing
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.resources import checkpoint_path, usual_components_folder

_MOST_KEPT = 50
_MOST_BYTES = 64 << 20


class Settled(msgspec.Struct, frozen=True):
    """`notes`: what the base's loading said, a sentence each."""

    experiment: Experiment
    landings: tuple[Landing, ...] = ()
    notes: tuple[str, ...] = ()


def settled_once(
    given: Experiment,
    base: str,
    asked: tuple[str | None, ...],
    sampling: Mapping[str, Any] | None,
    settle: Callable[[], Settled],
) -> Settled:
    """What is known of the same experiment, base and files, else what `settle` says of them.

    given: with its adapters' content. asked: what else was chosen, such as a device. sampling: the
    fields that are not left to the checkpoint, whatever `given` holds in them; None where nothing
    is left to it. 20 steps that were asked for are not 20 steps that nobody spoke of.
    """
    path = _folder() / f"{_key(given, base, asked, sampling)}.json"
    with suppress(OSError, FileError, msgspec.MsgspecError, RecursionError):
        known = msgspec.json.decode(read_regular(path, _MOST_BYTES), type=Settled)
        return _as_given(known, given)
    settled = settle()
    with suppress(OSError, FileError):  # nothing is lost
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path) as file:
            file.write_bytes(encode_json(settled))
        _forget_oldest(path.parent)
    return settled


def _as_given(known: Settled, given: Experiment) -> Settled:
    """Paths need not be text, those in JSON are."""
    experiment = msgspec.structs.replace(known.experiment, adapters=given.adapters)
    return msgspec.structs.replace(known, experiment=experiment)


def _folder() -> Path:
    return platformdirs.user_cache_path("loraviewer", appauthor=False) / "experiments"


def _key(
    given: Experiment,
    base: str,
    asked: tuple[str | None, ...],
    sampling: Mapping[str, Any] | None,
) -> str:
    parts = {
        "given": encoded(given).decode(),
        "asked": asked,
        "sampling": None if sampling is None else dict(sampling),
        "files": list(_stamps(checkpoint_path(base))),
        "components": str(usual_components_folder()),
        "versions": installed_versions(),
        "machine": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }
    return hashlib.sha256(encode_json(parts, order="deterministic")).hexdigest()


def _stamps(base: Path) -> Iterator[tuple[str, int, int]]:
    """Of the base's files; what is not there has none."""
    with suppress(OSError):
        for path in sorted(base.rglob("*")) if base.is_dir() else [base]:
            facts = path.stat()
            yield str(path), facts.st_size, facts.st_mtime_ns


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in kept[:-_MOST_KEPT]:
        file.unlink(missing_ok=True)
