"""Where other programs keep their weights. They are looked at, and never written to."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from loraviewer.core.cancel import CancelToken
from loraviewer.core.folders import is_weight_file, walk
from loraviewer.core.library.port import FolderCount, KnownFolder
from loraviewer.library.extra_paths import NAMES, extra_paths


class _Program(NamedTuple):
    """`homes`: how its folder begins, in small letters. `weights`: where in it adapters and bases
    lie."""

    name: str
    homes: tuple[str, ...]
    weights: tuple[str, ...]


_COMFYUI = ("models/loras", "models/checkpoints", "models/diffusion_models", "models/unet")
_WEBUI = ("models/Lora", "models/LyCORIS", "models/Stable-diffusion")
_PROGRAMS = (
    _Program(
        "Forge",
        ("stable-diffusion-webui-forge", "stable-diffusion-webui-reforge", "sd-webui-forge",
         "webui_forge", "forge"),
        (*_WEBUI, *(f"webui/{weights}" for weights in _WEBUI)),
    ),
    _Program(
        "AUTOMATIC1111",
        ("stable-diffusion-webui", "sd.webui"),
        (*_WEBUI, *(f"webui/{weights}" for weights in _WEBUI)),
    ),
    _Program("SD.Next", ("sdnext", "sd.next", "automatic"), (*_WEBUI, "models/Diffusers")),
    _Program("ComfyUI", ("comfyui",), (*_COMFYUI, *(f"ComfyUI/{path}" for path in _COMFYUI))),
    _Program(
        "Fooocus",
        ("fooocus",),
        (*_COMFYUI[:2], *(f"Fooocus/{path}" for path in _COMFYUI[:2])),
    ),
    _Program("InvokeAI", ("invokeai",), ("models", "autoimport")),
    _Program(
        "SwarmUI",
        ("swarmui", "stableswarmui"),
        ("Models/Lora", "Models/Stable-Diffusion", "Models/diffusion_models", "Models/unet"),
    ),
)  # fmt: skip
"""The first whose folder begins so: Forge's begins as AUTOMATIC1111's does."""

_KRITA = "krita/ai_diffusion/server"
_KRITA_WEIGHTS = (*_COMFYUI, *(f"ComfyUI/{path}" for path in _COMFYUI))
_ROOMS = (
    *("ai", "apps", "applications", "code", "dev", "documents", "git", "github", "programs"),
    *("projects", "repos", "sd", "software", "src", "stable-diffusion", "tools", "pinokio"),
)
"""Folders that people keep programs in, wherever these are looked for."""
_MOST_NAMES = 2_000
_MOST_PLACES, _MOST_FILES = 2_000, 100_000
_INVOKEAI_ROOT = "INVOKEAI_ROOT"


def known_folders(
    places: Iterable[Path] | None = None, data: Iterable[Path] | None = None
) -> list[KnownFolder]:
    """Those that exist, each once. `places`: where programs are looked for, `data`: where they keep
    their data; None for where these usually are. Touches the disk, other people's drives too."""
    places = list(_usual_places()) if places is None else list(places)
    data = list(_usual_data()) if data is None else list(data)
    found = [*_of_programs(places), *_of_invokeai(), *_of_krita(data), *_of_desktop(data)]
    there = {os.path.realpath(one.path): one for one in reversed(found)}
    return [one for one in found if there[os.path.realpath(one.path)] is one]


def count_files(folder: Path, token: CancelToken) -> FolderCount:
    """By names alone, in so many folders as are looked at for an offer."""
    files = 0
    for at, place in enumerate(walk(folder)):
        token.raise_if_cancelled()
        if at == _MOST_PLACES or files >= _MOST_FILES:
            return FolderCount(files, is_all=False)
        files += sum(map(is_weight_file, place.files))
    return FolderCount(files)


def _of_programs(places: Sequence[Path]) -> Iterator[KnownFolder]:
    for place in places:
        inner = [place / name for name in _folders(place) if name.lower() in _ROOMS]
        for room in (place, *inner):
            for name in _folders(room):
                if program := _program(name):
                    yield from _weights(program.name, room / name, program.weights)
                    yield from _extra(program.name, room / name)


def _program(name: str) -> _Program | None:
    small = name.lower()
    return next((p for p in _PROGRAMS if small.startswith(p.homes)), None)


def _weights(program: str, home: Path, weights: Iterable[str]) -> Iterator[KnownFolder]:
    for path in weights:
        if (home / path).is_dir():
            yield KnownFolder(str(home / path), program)


def _extra(program: str, home: Path) -> Iterator[KnownFolder]:
    for file in (inner / name for inner in (home, home / "ComfyUI") for name in NAMES):
        for path in extra_paths(file):
            yield KnownFolder(os.path.normpath(path), program)


def _of_invokeai() -> Iterator[KnownFolder]:
    if root := os.environ.get(_INVOKEAI_ROOT):
        yield from _weights("InvokeAI", Path(root), ("models", "autoimport"))


def _of_krita(data: Iterable[Path]) -> Iterator[KnownFolder]:
    for folder in data:
        yield from _weights("Krita AI Diffusion", folder / _KRITA, _KRITA_WEIGHTS)


def _of_desktop(data: Iterable[Path]) -> Iterator[KnownFolder]:
    """ComfyUI's desktop version keeps its settings there, and weights where these say."""
    for folder in data:
        yield from _extra("ComfyUI", folder / "ComfyUI")


def _folders(place: Path) -> list[str]:
    """Names of folders, and of links to some."""
    with suppress(OSError), os.scandir(place) as entries:
        some = (entry for _, entry in zip(range(_MOST_NAMES), entries, strict=False))
        return sorted(entry.name for entry in some if _is_folder(entry))
    return []


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _usual_places() -> Iterator[Path]:
    home = Path.home()
    yield home
    for name in ("Documents", "Desktop", "Downloads"):
        yield home / name
    yield from _drives()


def _drives() -> Iterator[Path]:
    """Roots of Windows' drives; what is mounted elsewhere."""
    if sys.platform == "win32":
        yield from (Path(f"{letter}:\\") for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ")
        return
    yield Path("/opt")
    for mounts in (Path("/mnt"), Path("/Volumes"), *_users_mounts()):
        yield mounts
        yield from (mounts / name for name in _folders(mounts))


def _users_mounts() -> Iterator[Path]:
    user = Path.home().name
    return (Path(root) / user for root in ("/media", "/run/media"))


_DATA: Mapping[str, tuple[str, ...]] = {
    "win32": ("AppData/Roaming",),
    "darwin": ("Library/Application Support",),
}


def _usual_data() -> Iterator[Path]:
    for name in _DATA.get(sys.platform, (".local/share", ".config")):
        yield Path.home() / name
