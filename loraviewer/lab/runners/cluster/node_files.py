"""The files of a run on one node: found where the asking computer has them, or sent once and kept
in a folder of caches, each under its hash."""

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import platformdirs

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.atomic import new_folder
from loraviewer.core.infotext import installed_versions
from loraviewer.core.outcome import FileError, LoraviewerError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.lab.runners.cluster.messages import (
    Broke,
    NamedFile,
    Needs,
    Node,
    Places,
    Tree,
    decoded,
    encoded,
)

FOLDER = "LORAVIEWER_CLUSTER_CACHE"
"""Of the environment of a node: where it keeps what was sent."""
SHARED = "LORAVIEWER_CLUSTER_SHARED"
"""Of the environment of a node: “no” where it is not to look for files under the names that they
have on the computer that asks, as where that folder is slower than the network."""


class NodeFiles:
    """One of each node. Methods whose answers are bytes answer `Broke` in place of an error; one
    thread."""

    def __init__(self, needs: bytes) -> None:
        self._needs: Needs = decoded(needs, Needs)
        self._suffixes = {one.sha256: _suffix(one) for one in self._needs.files}
        self._folder = _cache_folder()
        self._hashes = HashCache(self._folder / "hashes.sqlite")
        self._found: dict[str, Path] = {}
        self._taking: BinaryIO | None = None
        self._digest = hashlib.sha256()

    def node(self) -> bytes:
        return encoded(Node(socket.gethostname(), installed_versions()))

    def lacking(self) -> list[str]:
        """Contents that lie nowhere here; reads what it does not know yet, whole."""
        for file in self._needs.files:
            path = self._place_of(file)
            if path is not None:
                self._found[file.sha256] = path
        return [one.sha256 for one in self._needs.files if one.sha256 not in self._found]

    def take(self, sha256: str, piece: bytes, is_first: bool, is_last: bool) -> bytes:
        """The next piece of a file: `Broke`, or nothing where all is well."""
        try:
            if is_first:
                self._begin(sha256)
            assert self._taking is not None
            self._digest.update(piece)
            self._taking.write(piece)
            if is_last:
                self._end(sha256)
        except (OSError, LoraviewerError) as error:
            return encoded(Broke.of(_as_ours(error, self._kept(sha256)).failure()))
        return b""

    def places(self) -> bytes:
        """`Places`, or `Broke`."""
        try:
            components = self._needs.components
            return encoded(
                Places(
                    base=str(self._laid_out(self._needs.base)),
                    adapters={one.sha256: self._path(one) for one in self._needs.adapters},
                    components=str(self._laid_out(components)) if components else "",
                )
            )
        except (OSError, LoraviewerError) as error:
            return encoded(Broke.of(_as_ours(error, self._folder).failure()))

    # -- what lies here -------------------------------------------------------------------

    def _place_of(self, file: NamedFile) -> Path | None:
        """Where the asking computer has it, if that is seen here too; else where it was kept."""
        shared = [Path(file.path)] if file.path and os.environ.get(SHARED) != "no" else []
        places = (*shared, self._kept(file.sha256))
        return next((path for path in places if self._is(path, file)), None)

    def _is(self, path: Path, file: NamedFile) -> bool:
        try:
            if not path.is_file() or path.stat().st_size != file.size:
                return False
            return self._hashes.hashes(path, 0).sha256 == file.sha256
        except (OSError, FileError):
            return False

    def _kept(self, sha256: str) -> Path:
        return self._folder / "files" / sha256[:2] / f"{sha256}{self._suffixes[sha256]}"

    def _path(self, file: NamedFile) -> str:
        return str(self._found[file.sha256])

    # -- what is sent ---------------------------------------------------------------------

    def _begin(self, sha256: str) -> None:
        self._drop()
        place = self._part(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._taking = place.open("wb")
        self._digest = hashlib.sha256()

    def _end(self, sha256: str) -> None:
        """What arrived otherwise than it was is never kept."""
        self._drop()
        part, kept = self._part(sha256), self._kept(sha256)
        if self._digest.hexdigest() != sha256:
            part.unlink(missing_ok=True)
            words = say("A file of the run came to “{node}” damaged.", node=socket.gethostname())
            raise FileError(words)
        os.replace(part, kept)
        self._found[sha256] = kept

    def _drop(self) -> None:
        if self._taking is not None:
            self._taking.close()
            self._taking = None

    def _part(self, sha256: str) -> Path:
        """Of this process alone: others may be sent the same."""
        return self._kept(sha256).with_suffix(f".{os.getpid()}")

    # -- folders --------------------------------------------------------------------------

    def _laid_out(self, tree: Tree) -> Path:
        """Where the asking computer has it, if all of it lies there; else under a name of its own,
        of links where that can be."""
        if all(one.path and self._path(one) == one.path for one in tree.files):
            return Path(tree.path)
        place = self._folder / "trees" / _tree_sha256(tree)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self._fill(place, tree)
        return place / _single_name(tree) if _is_single(tree) else place

    def _fill(self, place: Path, tree: Tree) -> None:
        with new_folder(place) as folder:
            for file in tree.files:
                target = folder / (_single_name(tree) if _is_single(tree) else _inner(file.name))
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(self._found[file.sha256], target)


def _is_single(tree: Tree) -> bool:
    return len(tree.files) == 1 and not tree.files[0].name


def _single_name(tree: Tree) -> str:
    """Readers look at what follows the last point of a name."""
    return f"base{PurePosixPath(tree.path).suffix or '.safetensors'}"


def _suffix(file: NamedFile) -> str:
    return PurePosixPath(file.name or file.path).suffix or ".safetensors"


def _inner(name: str) -> Path:
    """Never out of its folder, whatever was asked for."""
    parts = PurePosixPath(name).parts
    if not parts or any(part in ("..", "/") or os.sep in part for part in parts):
        raise FileError(say("“{name}” is no name of a file within a folder.", name=name))
    return Path(*parts)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _tree_sha256(tree: Tree) -> str:
    names = sorted((one.name, one.sha256) for one in tree.files)
    single = _single_name(tree) if _is_single(tree) else ""
    return hashlib.sha256(repr((single, names)).encode()).hexdigest()


def _cache_folder() -> Path:
    chosen = os.environ.get(FOLDER, "")
    if chosen:
        return Path(chosen)
    return platformdirs.user_cache_path("loraviewer", appauthor=False) / "cluster"


def _as_ours(error: OSError | LoraviewerError, path: Path) -> LoraviewerError:
    if isinstance(error, LoraviewerError):
        return error
    words = say(
        "“{path}” on {node} cannot be written: {why}.",
        path=str(path),
        node=socket.gethostname(),
        why=reason_of(error),
    )
    return FileError(words)


def pieces_of(path: Path, piece_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Of a file in its order, and whether each is the last; at least one, which may be empty."""
    with path.open("rb") as file:
        piece = file.read(piece_bytes)
        while True:
            following = file.read(piece_bytes)
            yield piece, not following
            if not following:
                return
            piece = following
