"""Reading the weights of networks in pieces: the bytes are counted, a load can be stopped in the
middle of a tensor, and nothing is mapped (a mapped file that shrinks kills the process)."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import torch

from loraviewer.adapters.files.bitsandbytes import FP4, INT8, NF4, PACKED_DTYPES
from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS
from loraviewer.adapters.files.header import TensorInfo
from loraviewer.adapters.files.scaled_fp8 import LEFTOVERS, scale_name
from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.adapters.inspection.component_weights import kind_of
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.packed.eight_bits import fp8
from loraviewer.adapters.packed.forms import PackedWeight
from loraviewer.adapters.recognition.checkpoint_header import OPEN_INSTEAD
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.engine.opening.bitsandbytes_weights import bitsandbytes_weight
from loraviewer.engine.opening.packed_weights import packed_weight

Precision = Callable[[str], torch.dtype | None]
"""A tensor's name → the precision it is wanted in; None keeps that of the file."""

_PIECE_BYTES = 16 << 20
_BYTES_OF_PACKED = {NF4: "U8", FP4: "U8", INT8: "I8"}
_FP8_DTYPES = (torch.float8_e4m3fn, torch.float8_e5m2)


class WeightReader:
    """Reads the files of one checkpoint and tells how far it got.

    `total_bytes` is what all calls of `read` together will read; `packs`: whether denoisers stay
    as small as their files keep them.
    """

    def __init__(
        self,
        total_bytes: int,
        token: CancelToken,
        on_progress: LoadProgress,
        packs: bool = False,
    ) -> None:
        self._total_bytes = total_bytes
        self._packs = packs
        self._done_bytes = 0
        self._token = token
        self._on_progress = on_progress

    def say(self, what: str) -> None:
        """Name what comes next. Raises `Cancelled`."""
        self._token.raise_if_cancelled()
        share = self._done_bytes / self._total_bytes if self._total_bytes else 0.0
        self._on_progress(what, min(share, 1.0), self._done_bytes, self._total_bytes)

    def read(self, what: str, files: Iterable[WeightFile], precision: Precision) -> dict[str, Any]:
        """The wanted tensors on the CPU; packed weights, scaled fp8 among them, are multiplied out,
        or are `PackedWeight`s where `what` is a denoiser that stays packed.

        Raises `FileError` for formats that cannot be computed with, `Cancelled` at any time.
        """
        self.say(what)
        tensors: dict[str, Any] = {}
        for file in files:
            tensors |= self._read_file(what, file, precision)
        return tensors

    def _read_file(self, what: str, wanted: WeightFile, precision: Precision) -> dict[str, Any]:
        infos = wanted.header.tensors
        packs = self._packs and kind_of(what) == "denoiser"
        tensors: dict[str, Any] = {}
        with open_regular(wanted.path, buffering=0) as file:
            for name in sorted(wanted.names, key=lambda name: infos[name].begin):
                if name.endswith(LEFTOVERS):
                    self._done_bytes += infos[name].end - infos[name].begin
                    continue
                own = wanted.names[name]
                is_packed = infos[name].dtype in PACKED_DTYPES
                read = self._read_packed if is_packed else self._read_plain
                found = read(what, file, wanted, name, precision(own))
                is_kept = packs and name.endswith(".weight") and len(found.shape) > 1
                tensors[own] = found if is_kept else _as_numbers(found)
        return tensors

    def _read_plain(
        self, what: str, file: BinaryIO, wanted: WeightFile, name: str, dtype: torch.dtype | None
    ) -> "torch.Tensor | PackedWeight":
        """Numbers in `dtype`; those of fp8 as they are."""
        stored = self._read_tensor(what, file, wanted, name)
        _check_finite(stored, name, wanted.path)
        scale = self._scale_of(what, file, wanted, name)
        is_fp8 = stored.dtype in _FP8_DTYPES
        if scale is None and (dtype is None or not is_fp8):
            return _converted(stored, dtype)
        if is_fp8:
            return fp8(stored, scale, dtype or torch.float32)
        assert scale is not None
        return (stored.float() * scale).to(dtype or torch.float32)

    def _read_packed(
        self, what: str, file: BinaryIO, wanted: WeightFile, name: str, dtype: torch.dtype | None
    ) -> PackedWeight:
        def read(key: str) -> torch.Tensor:
            return self._read_tensor(what, file, wanted, key, is_counted=key == name)

        return bitsandbytes_weight(file, wanted, name, read, dtype or torch.float32)

    def _scale_of(
        self, what: str, file: BinaryIO, wanted: WeightFile, name: str
    ) -> torch.Tensor | None:
        """What a scaled fp8 weight must be multiplied with, by tensor or by row."""
        found = scale_name(wanted.header, name)
        if found is None:
            return None
        infos = wanted.header.tensors
        axes = len(infos[name].shape)
        count = math.prod(infos[found].shape)
        if count != 1 and (not axes or count != infos[name].shape[0]):
            raise FileError(
                say(
                    "“{path}” stores “{name}” as fp8 by blocks, which cannot be read here; "
                    "{advice}.",
                    path=str(wanted.path),
                    name=name,
                    advice=OPEN_INSTEAD,
                )
            )
        scale = self._read_tensor(what, file, wanted, found, is_counted=False).float()
        return scale.reshape(-1, *[1] * (axes - 1)) if scale.numel() > 1 else scale.reshape(())

    def _read_tensor(
        self, what: str, file: BinaryIO, wanted: WeightFile, name: str, is_counted: bool = True
    ) -> torch.Tensor:
        info = wanted.header.tensors.get(name) or wanted.header.beside[name]
        is_packed = info.dtype in BLOCK_FORMATS
        dtype = torch.uint8 if is_packed else torch_dtype(wanted.path, name, info)
        raw = torch.empty(info.end - info.begin, dtype=torch.uint8)
        memory = memoryview(raw.numpy())  # type: ignore[arg-type]
        file.seek(wanted.header.data_offset + info.begin)
        for start in range(0, len(memory), _PIECE_BYTES):
            piece = memory[start : start + _PIECE_BYTES]
            fill(file, piece, wanted.path)
            if is_counted:
                self._done_bytes += len(piece)
            self.say(what)
        if is_packed:
            return packed_weight(raw, info, name, wanted.path)
        raw = raw.view(dtype)
        return raw if info.dtype in PACKED_DTYPES else raw.reshape(info.shape)


def torch_dtype(path: Path, name: str, info: TensorInfo) -> torch.dtype:
    """Raises `FileError` for formats that cannot be computed with."""
    dtype = TORCH_DTYPES.get(_BYTES_OF_PACKED.get(info.dtype, info.dtype))
    if dtype is None:
        raise FileError(
            say(
                "“{path}” stores “{name}” as {dtype}, which cannot be used; convert the file to "
                "float16.",
                path=str(path),
                name=name,
                dtype=info.dtype,
            )
        )
    return dtype


def _check_finite(stored: torch.Tensor, name: str, path: Path) -> None:
    """A thirtieth of a second a GB; eight-bit formats have no such reduction, and no infinity.
    Masks may be infinite."""
    if not stored.is_floating_point() or stored.element_size() == 1 or not stored.numel():
        return
    if "mask" not in name and not all(map(math.isfinite, torch.stack(stored.aminmax()).tolist())):
        raise FileError(
            say(
                "“{path}” holds infinite or undefined numbers in “{name}”; the file is broken, "
                "use another copy.",
                path=str(path),
                name=name,
            )
        )


def fill(file: BinaryIO, piece: memoryview, path: Path) -> None:
    """Read the whole piece: unbuffered reads may return less than asked for. Raises `FileError` at
    the end of the file."""
    done = 0
    while done < len(piece):
        count = file.readinto(piece[done:])  # type: ignore[attr-defined]
        if not count:
            raise FileError(
                say("“{path}” changed while it was being read; open it again.", path=str(path))
            )
        done += count


def _converted(stored: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    if dtype is None or not stored.is_floating_point():
        return stored
    return stored.to(dtype)


def _as_numbers(found: "torch.Tensor | PackedWeight") -> torch.Tensor:
    return found.numbers() if isinstance(found, PackedWeight) else found
