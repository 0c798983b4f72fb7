"""Choices that outlive the window, in one readable file."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.originals_policy import AskedPolicy, MemoryWishes
from loraviewer.core.outcome import FileError
from loraviewer.core.request import AskedMergeMode

MOST_RECENT = 8


class BaseFacts(msgspec.Struct, frozen=True):
    """What is remembered of a checkpoint that was loaded once, for the list of bases."""

    family: str = ""
    weight_bytes: int = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`device` ("cpu", "cuda", "mps") and `dtype` override what suits the machine; "" leaves it
    the choice, as "auto" does for `merge_mode`: adapters in the weights, or computed beside them.
    `recent_checkpoints`: newest first, without the demo. `favourite_checkpoints`: in
    the order they were starred. `family_overrides`: an adapter's sha256 → the family a person
    says it was made for. `components_folder`: where text encoders, T5's tokenizer and VAEs lie that
    single-file checkpoints lack; "" for none. `originals`: where base weights are kept; "auto" for
    what fits. `memory_budget_gb`: what they may take, in units of 10⁹ bytes; null for half of what
    is free.
    """

    theme: Literal["system", "light", "dark"] = "system"
    device: str = ""
    dtype: Literal["", "float32", "bfloat16", "float16"] = ""
    merge_mode: AskedMergeMode = "auto"
    is_live: bool = True
    draft_steps: int = 4
    smooth_pixels: bool = True
    recent_checkpoints: tuple[str, ...] = ()
    favourite_checkpoints: tuple[str, ...] = ()
    base_facts: dict[str, BaseFacts] = {}
    family_overrides: dict[str, str] = {}
    components_folder: str = ""
    originals: AskedPolicy = "auto"
    memory_budget_gb: Annotated[float, msgspec.Meta(ge=0)] | None = None

    @property
    def memory(self) -> MemoryWishes:
        gb = self.memory_budget_gb
        limit = None if gb is None or not math.isfinite(gb) else round(gb * 1e9)
        return MemoryWishes(policy=self.originals, limit_bytes=limit)

    def with_recent(self, path: str, facts: BaseFacts | None = None) -> "Settings":
        """`path` becomes the newest; facts of bases that are on no list are dropped."""
        others = tuple(p for p in self.recent_checkpoints if p != path)
        recent = (path, *others)[:MOST_RECENT]
        kept = {*recent, *self.favourite_checkpoints}
        known = self.base_facts if facts is None else {**self.base_facts, path: facts}
        return msgspec.structs.replace(
            self,
            recent_checkpoints=recent,
            base_facts={p: known[p] for p in known if p in kept},
        )

    def with_favourite(self, path: str, on: bool) -> "Settings":
        others = tuple(p for p in self.favourite_checkpoints if p != path)
        favourites = (*others, path) if on else others
        return msgspec.structs.replace(self, favourite_checkpoints=favourites)

    def without_base(self, path: str) -> "Settings":
        """Off both lists; the file itself is not touched."""
        return msgspec.structs.replace(
            self,
            recent_checkpoints=tuple(p for p in self.recent_checkpoints if p != path),
            favourite_checkpoints=tuple(p for p in self.favourite_checkpoints if p != path),
            base_facts={p: facts for p, facts in self.base_facts.items() if p != path},
        )

    def with_family(self, sha256: str, family: str) -> "Settings":
        """The family of an adapter as a person sees it; "" goes back to what was found."""
        others = {known: name for known, name in self.family_overrides.items() if known != sha256}
        overrides = {**others, sha256: family} if family else others
        return msgspec.structs.replace(self, family_overrides=overrides)


class LoadedSettings(NamedTuple):
    """`complaint` is a sentence about what could not be used; "" where everything could."""

    settings: Settings
    complaint: str = ""


def load_settings(path: Path) -> LoadedSettings:
    """Settings from a JSON file, defaults where there is none.

    A value that cannot be used (a newer version's, a slip of the pen) costs that one choice. A
    file that is no JSON object is kept under another name, where the next save does not reach it.
    """
    try:
        fields = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except (OSError, msgspec.MsgspecError) as error:
        kept = _keep_aside(path)
        return LoadedSettings(
            Settings(), f"Settings in “{path}” cannot be read ({error}); using defaults{kept}."
        )
    return _usable(fields, path)


def save_settings(path: Path, settings: Settings) -> None:
    """Write whole or not at all; `FileError` if the folder does not let us.

    Fields of the file that this version does not know are kept.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"“{path}” cannot be written: {error.strerror}.") from error
    fields = {**msgspec.to_builtins(settings), **_foreign_fields(path)}
    with new_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(fields)))


def _usable(fields: Mapping[str, msgspec.Raw], path: Path) -> LoadedSettings:
    values: dict[str, Any] = {}
    refused: list[str] = []
    for field in msgspec.structs.fields(Settings):
        if field.name in fields:
            try:
                values[field.name] = msgspec.json.decode(fields[field.name], type=field.type)
            except msgspec.MsgspecError:
                refused.append(field.name)
    if not refused:
        return LoadedSettings(Settings(**values))
    names = ", ".join(refused)
    return LoadedSettings(
        Settings(**values), f"“{path}” has values that cannot be used here ({names}); left out."
    )


def _foreign_fields(path: Path) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {name: fields[name] for name in fields if name not in Settings.__struct_fields__}


def _keep_aside(path: Path) -> str:
    """Move an unreadable file out of the way; what to add to the sentence about it."""
    aside = path.with_suffix(".unreadable.json")
    try:
        os.replace(path, aside)
    except OSError:
        return ""
    return f", the file is kept as “{aside.name}”"
