"""A crowd of small adapters in one file, and its unfolding into files of one adapter each.

The file is a safetensors file whose tensors are called `NAME/TENSOR`, TENSOR as in a kohya file;
its metadata's `crowd` says what each learnt, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import safe_open

from loraviewer.adapters.files.header import BITS_OF_DTYPE, Header, read_header
from loraviewer.adapters.files.header_json import TensorInfo
from loraviewer.adapters.files.raw_writer import RawTensor, write_raw
from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

SEPARATOR = "/"


@dataclass(frozen=True)
class Member:
    """One adapter of a crowd. share: of its test's pictures, those that show what it learnt."""

    name: str
    about: str
    rank: int
    share: float


@dataclass(frozen=True)
class Crowd:
    """A crowd's file and what is in it."""

    path: Path
    members: tuple[Member, ...]

    @classmethod
    def open(cls, path: Path) -> Crowd:
        """Raises `FileError` where the file holds no crowd."""
        try:
            told = json.loads(read_header(path).metadata["crowd"])
            members = tuple(Member(name, **said) for name, said in told.items())
        except (KeyError, TypeError, ValueError) as error:
            raise FileError(
                say("“{path}” holds no crowd of adapters: {why}", path=str(path), why=str(error))
            ) from error
        return cls(path, members)

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """One member's tensors by their names in a file of its own."""
        start = name + SEPARATOR
        with safe_open(self.path, "pt") as file:
            names = [key for key in file.keys() if key.startswith(start)]  # noqa: SIM118
            return {key.removeprefix(start): file.get_tensor(key) for key in names}

    def unfold(self, folder: Path, names: Collection[str] | None = None) -> list[Path]:
        """Write the members, or those named, as `folder/NAME.safetensors`, in the crowd's order;
        the same bytes each time, and without torch.

        Raises `OSError`, `FileError`, and `KeyError` for a name the crowd does not have.
        """
        known = {member.name: member for member in self.members}
        folder.mkdir(parents=True, exist_ok=True)
        header = read_header(self.path)
        return [self._write(folder, known[name], header) for name in names or known]

    def _write(self, folder: Path, member: Member, header: Header) -> Path:
        path, start = folder / f"{member.name}.safetensors", member.name + SEPARATOR
        own = {
            name.removeprefix(start): self._raw(info, header.data_offset)
            for name, info in header.tensors.items()
            if name.startswith(start)
        }
        with new_file(path) as file:
            write_raw(file, own, _metadata(member))
        return path

    def _raw(self, info: TensorInfo, offset: int) -> RawTensor:
        size = BITS_OF_DTYPE[info.dtype] // 8
        data = partial(_bytes, self.path, offset + info.begin, info.end - info.begin)
        return RawTensor(info.dtype, info.shape, size, info.end - info.begin, data)


def _bytes(path: Path, at: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(count)


def _metadata(member: Member) -> Mapping[str, str]:
    return {
        "modelspec.title": member.name,
        "modelspec.description": f"Trained so that, {member.about}.",
        "modelspec.license": "Apache-2.0",
        "ss_base_model_version": "sd_v1",
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(member.rank),
        "ss_network_alpha": str(member.rank),
    }


def joined(parts: Mapping[str, Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Every member's tensors under a crowd's names."""
    return {
        f"{name}{SEPARATOR}{key}": tensor
        for name, tensors in parts.items()
        for key, tensor in tensors.items()
    }
