"""What workers of these tests make pictures with: found there by name, so it lies in a module."""

import hashlib
import os
import signal
from itertools import cycle
from pathlib import Path

import msgspec

from loraviewer.core.outcome import AdapterError
from loraviewer.lab.runners.cluster.runner import ClusterRunner
from tests.lab.experiments.painters import NoisePainter


class Settings(msgspec.Struct, frozen=True):
    """`folder`: where workers leave word. `ends_at`: the seed at which a worker ends, `times`.
    `fails_at`: the seed that cannot be made."""

    folder: str
    ends_at: int = 0
    times: int = 1
    fails_at: int = 0


class WorkerPainter(NoisePainter):
    """Its pictures say by their fingerprint which process made them."""

    def __init__(self, settings):
        super().__init__()
        self._settings = settings
        self._folder = Path(settings.folder)
        (self._folder / f"worker-{os.getpid()}").touch()

    def render(self, request, token, on_progress):
        seed = request.sampling.seed
        if seed == self._settings.ends_at and self._is_to_end():
            os.kill(os.getpid(), signal.SIGKILL)
        if seed == self._settings.fails_at:
            raise AdapterError("“b.safetensors” is no longer there.", subject="b")
        made = super().render(request, token, on_progress)
        return msgspec.structs.replace(made, fingerprint=str(os.getpid()))

    def _is_to_end(self):
        ended = len(list(self._folder.glob("ended-*")))
        if ended >= self._settings.times:
            return False
        (self._folder / f"ended-{ended}-{os.getpid()}").touch()
        return True


def noise(workplace):
    return WorkerPainter(msgspec.msgpack.decode(workplace.settings, type=Settings))


class FilePainter(NoisePainter):
    """Its pictures say by their fingerprint what lies in the files that it was given."""

    def __init__(self, workplace):
        super().__init__()
        places = workplace.places
        base = sorted(one for one in Path(places.base).rglob("*") if one.is_file())
        self._found = [(one.name, _sha256(one)) for one in base]
        self._found += [("adapter", _sha256(Path(p))) for p in places.adapters.values()]
        self._given = places.adapters

    def render(self, request, token, on_progress):
        assert [one.path for one in request.adapters] == [
            self._given[one.sha256] for one in request.adapters
        ]
        made = super().render(request, token, on_progress)
        return msgspec.structs.replace(made, fingerprint=repr(self._found))


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ask_for_ever(pipe, wish, batches):
    """A whole process, in a group of its own."""
    os.setpgrp()
    made = ClusterRunner(wish).made(cycle(batches))
    next(made)
    pipe.send("made")
    for _ in made:
        pass


def files(workplace):
    return FilePainter(workplace)


def same(workplace):
    return NoisePainter()


def cannot(workplace):
    raise AdapterError("“base” cannot be opened here.")
