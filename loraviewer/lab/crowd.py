"""A crowd of small adapters in one file, and its unfolding into files of one adapter each.

The file is a safetensors file whose tensors are called `NAME/TENSOR`, TENSOR as in a kohya file;
its metadata's `crowd` says what each learnt, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from loraviewer.adapters.files.safetensors_writer import write_safetensors
from loraviewer.core.outcome import FileError

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
            with safe_open(path, "pt") as file:
                told = json.loads(file.metadata()["crowd"])
            members = tuple(Member(name, **said) for name, said in told.items())
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FileError(f"“{path}” holds no crowd of adapters: {error}") from error
        return cls(path, members)

    def tensors(self, name: str) -> dict[str, torch.Tensor]:
        """One member's tensors by their names in a file of its own."""
        start = name + SEPARATOR
        with safe_open(self.path, "pt") as file:
            names = [key for key in file.keys() if key.startswith(start)]  # noqa: SIM118
            return {key.removeprefix(start): file.get_tensor(key) for key in names}

    def unfold(self, folder: Path, names: Collection[str] | None = None) -> list[Path]:
        """Write the members, or those named, as `folder/NAME.safetensors`, in the crowd's order.

        Raises `OSError`, and `KeyError` for a name the crowd does not have.
        """
        known = {member.name: member for member in self.members}
        folder.mkdir(parents=True, exist_ok=True)
        return [self._write(folder, known[name]) for name in names or known]

    def _write(self, folder: Path, member: Member) -> Path:
        path = folder / f"{member.name}.safetensors"
        write_safetensors(path, self.tensors(member.name), _metadata(member))
        return path


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
