"""What crosses between a run, its driver, nodes and workers: plain values as MessagePack, pictures
as their rows of bytes. Adapters and bases are named by their content; what lies where, each side
knows for itself.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from loraviewer.core.encodable import encodable
from loraviewer.core.experiments.shots import Disturbance, Shot
from loraviewer.core.outcome import Failure, FailureKind, NotFinite, Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.sentences import Sentence
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.unread import Unread

_Message = TypeVar("_Message")


class NamedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file by its content. `path`: where it lies on the computer that asks, which may be a folder
    that nodes see too; "" where that is no text. `name`: within its tree, "" for a file alone."""

    sha256: str
    size: int
    path: str
    name: str = ""


class Tree(msgspec.Struct, frozen=True):
    """A folder's files, or one file alone. `path`: of the folder or file, as in `NamedFile`."""

    path: str
    files: tuple[NamedFile, ...]


class Needs(msgspec.Struct, frozen=True):
    """All files that a worker opens. `components`: what single files may lack; None without."""

    base: Tree
    adapters: tuple[NamedFile, ...] = ()
    components: Tree | None = None

    @property
    def files(self) -> tuple[NamedFile, ...]:
        """Each content once."""
        more = self.components.files if self.components is not None else ()
        found = {one.sha256: one for one in (*self.base.files, *self.adapters, *more)}
        return tuple(found.values())


class Places(msgspec.Struct, frozen=True, tag=True):
    """Where a node has what a run needs. `adapters`: by content."""

    base: str
    adapters: dict[str, str]
    components: str = ""


class Wishes(msgspec.Struct, frozen=True):
    """How workers are to be made. `maker`: “module:function”, which is called once in each worker
    with its `Workplace` and returns a `Painter`. `settings`: what the maker reads. `device`: cpu,
    cuda or "" for what the cluster has. `cores`: of the CPU for each worker. `workers`: at most;
    0 for as many as there is room for. `memory_bytes`: of a worker, 0 where nobody knows."""

    maker: str
    settings: bytes = b""
    device: str = ""
    cores: int = 1
    workers: int = 0
    memory_bytes: int = 0


class Workplace(msgspec.Struct, frozen=True):
    """What the maker of a worker's painter is given."""

    places: Places
    settings: bytes
    device: str
    cores: int


class Node(msgspec.Struct, frozen=True):
    """What a node says of itself. `devices`: kind of device → what it is called."""

    name: str
    versions: dict[str, str]


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A worker that has its base. `made_on`: what kind of device its pictures are made on."""

    made_on: str = ""


# -- what a worker answers ---------------------------------------------------------------


class Painted(msgspec.Struct, frozen=True, tag=True):
    """A picture. `request`: as it was answered, without its base and adapters, which are those that
    were asked for."""

    request: GenerationRequest
    width: int
    height: int
    rgb: bytes
    timings: Timings
    fingerprint: str
    tile_px: int = 0
    has_widened: bool = False
    threads: int = 0
    unread: tuple[Unread, ...] = ()


class Lost(msgspec.Struct, frozen=True, tag=True):
    """Numbers that are no picture."""

    sentence: dict[str, Any] | str


class Broke(msgspec.Struct, frozen=True, tag=True):
    """What could not be done: `core.outcome.Failure`, with its sentence as data."""

    kind: FailureKind
    sentence: dict[str, Any] | str
    detail: str = ""
    subject: str = ""

    @staticmethod
    def of(failure: Failure) -> "Broke":
        sentence = sentence_data(failure.message)
        return Broke(failure.kind, sentence, encodable(failure.detail), failure.subject)

    def failure(self) -> Failure:
        return Failure(self.kind, read_sentence(self.sentence), self.detail, self.subject)


Answer = Painted | Lost | Broke

# -- what the driver is told -------------------------------------------------------------


class Begin(msgspec.Struct, frozen=True, tag=True):
    """`address`: “local” for a cluster of its own in `folder`, else where one listens.
    `patience_s`: how long it waits for nodes where there are none; `join_s`: until a cluster that
    is there answers at all. `question`: “module:function”,
    which is called in one worker with what its maker made and `payload`, and answers bytes; "" for
    pictures."""

    address: str
    needs: Needs
    wishes: Wishes
    versions: dict[str, str]
    folder: str
    patience_s: float = 60.0
    join_s: float = 60.0
    question: str = ""
    payload: bytes = b""


class Give(msgspec.Struct, frozen=True, tag=True):
    """A batch. `is_way`: its shots are made one after the other by one worker, or all again.
    `stack`: equal where the weights are."""

    number: int
    shots: list[bytes]
    stack: str
    is_way: bool = False


class NoMore(msgspec.Struct, frozen=True, tag=True):
    """All batches were given."""


ToDriver = Begin | Give | NoMore

# -- what the driver tells ---------------------------------------------------------------


class Want(msgspec.Struct, frozen=True, tag=True):
    """Room for so many more batches."""

    batches: int


class Got(msgspec.Struct, frozen=True, tag=True):
    """`answer`: a worker's, unread. `made_on`: of the worker that made it."""

    number: int
    at: int
    answer: bytes
    made_on: str


class SetAside(msgspec.Struct, frozen=True, tag=True):
    """A shot that ended several workers."""

    number: int
    at: int
    sentence: dict[str, Any] | str


class Working(msgspec.Struct, frozen=True, tag=True):
    """How the cluster is. `sentence`: what happened last, "" for nothing of note."""

    nodes: int
    workers: int
    running: int
    sentence: dict[str, Any] | str = ""


class Told(msgspec.Struct, frozen=True, tag=True):
    """The answer to a question."""

    content: bytes


class Done(msgspec.Struct, frozen=True, tag=True):
    """Everything was answered."""


FromDriver = Want | Got | SetAside | Working | Told | Done | Broke


def encoded(message: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(message, enc_hook=_plain)


def decoded(content: bytes, kind: Any) -> Any:
    """kind: one of the messages above, or several. Raises `msgspec.MsgspecError`."""
    return msgspec.msgpack.decode(content, type=kind)


def _plain(value: Any) -> str:
    if isinstance(value, Sentence):
        return str.__str__(value)
    raise TypeError(f"a {type(value).__name__} is no plain value")


# -- sentences ---------------------------------------------------------------------------


def sentence_data(sentence: str) -> dict[str, Any] | str:
    sentence = encodable(sentence)
    return sentence.data() if isinstance(sentence, Sentence) else sentence


def read_sentence(data: dict[str, Any] | str) -> str:
    if isinstance(data, str):
        return data
    return Sentence.from_data(data) or ""


# -- shots -------------------------------------------------------------------------------


def shot_bytes(shot: Shot, files: Mapping[str, str]) -> bytes:
    """With contents in place of paths. files: path → sha256 of what lies there."""
    return encoded(_with_places(shot, lambda path: files.get(path, ""), encodable))


def read_shot(content: bytes, places: Mapping[str, str]) -> Shot:
    """With the paths of a node. places: sha256 → path."""
    return _with_places(decoded(content, Shot), lambda sha256: places.get(sha256, sha256), str)


def _with_places(shot: Shot, place: Any, name: Any) -> Shot:
    def placed(adapters: tuple[AppliedAdapter, ...]) -> tuple[AppliedAdapter, ...]:
        return tuple(
            msgspec.structs.replace(one, path=place(one.path), name=name(one.name))
            for one in adapters
        )

    request = shot.request
    base = CheckpointRef("", request.checkpoint.identity)
    request = msgspec.structs.replace(request, checkpoint=base, adapters=placed(request.adapters))
    return msgspec.structs.replace(
        shot, request=request, disturbance=_disturbance(shot.disturbance, placed)
    )


def _disturbance(disturbance: Disturbance | None, placed: Any) -> Disturbance | None:
    if disturbance is None:
        return None
    return msgspec.structs.replace(disturbance, layers_of=placed(disturbance.layers_of))


# -- pictures ----------------------------------------------------------------------------


def painted(rendered: Rendered) -> Painted:
    request = msgspec.structs.replace(
        rendered.request,
        checkpoint=CheckpointRef("", rendered.request.checkpoint.identity),
        adapters=(),
    )
    picture = rendered.picture
    return Painted(
        request=request,
        width=picture.width,
        height=picture.height,
        rgb=picture.rgb,
        timings=rendered.timings,
        fingerprint=rendered.fingerprint,
        tile_px=rendered.tile_px,
        has_widened=rendered.has_widened,
        threads=rendered.threads,
        unread=rendered.unread,
    )


def rendered(answer: Painted | Lost, asked: Shot, made_on: str = "") -> Rendered | NotFinite:
    """As if it had been made here. made_on: "" where that makes no difference."""
    if isinstance(answer, Lost):
        return NotFinite(read_sentence(answer.sentence))
    request = msgspec.structs.replace(
        answer.request,
        checkpoint=asked.request.checkpoint,
        adapters=asked.request.adapters,
    )
    return Rendered(
        request=request,
        picture=Picture(answer.width, answer.height, answer.rgb),
        timings=answer.timings,
        fingerprint=answer.fingerprint,
        tile_px=answer.tile_px,
        has_widened=answer.has_widened,
        threads=answer.threads,
        unread=answer.unread,
        made_on=made_on,
    )
