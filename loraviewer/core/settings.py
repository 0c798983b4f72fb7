"""Choices that outlive the window, in one readable file."""

from pathlib import Path
from typing import Literal

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError

MOST_RECENT = 8


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`device` ("cpu", "cuda", "mps") and `dtype` override what suits the machine; "" leaves it
    the choice. `recent_checkpoints`: newest first, without the demo.
    """

    theme: Literal["system", "light", "dark"] = "system"
    device: str = ""
    dtype: Literal["", "float32", "bfloat16", "float16"] = ""
    is_live: bool = True
    draft_steps: int = 4
    smooth_pixels: bool = True
    recent_checkpoints: tuple[str, ...] = ()

    def with_recent(self, path: str) -> "Settings":
        others = tuple(p for p in self.recent_checkpoints if p != path)
        return msgspec.structs.replace(self, recent_checkpoints=(path, *others)[:MOST_RECENT])


def load_settings(path: Path) -> Settings:
    """Settings from a JSON file, defaults where there is none; `FileError` if it is not ours."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, msgspec.MsgspecError) as error:
        raise FileError(f"Settings in {path} cannot be read ({error}); using defaults.") from error


def save_settings(path: Path, settings: Settings) -> None:
    """Write whole or not at all; `FileError` if the folder does not let us."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"“{path}” cannot be written: {error.strerror}.") from error
    with new_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(settings)))
