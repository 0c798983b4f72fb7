"""The files that other tools keep beside an adapter: read, never written, and not trusted.

<name>.json, .txt, .description.txt     AUTOMATIC1111, typed in by the person
<name>.metadata.json                    ComfyUI-Lora-Manager
<name>.civitai.info                     Civitai Helper and others
<name>.safetensors.rgthree-info.json    rgthree
<name>[.preview].png, .jpg, .jpeg, .webp

Fields of a wrong type are dropped one by one; a file that is no table is passed over, and told.
Suffixes count in any letters: cameras and other systems write .PNG.
Paths and addresses inside them are never followed: all names come from the adapter's own.
"""

import contextlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from loraviewer.adapters.about.metadata import listed, phrases
from loraviewer.adapters.about.pictures import picture_facts
from loraviewer.adapters.about.plain_text import plain_line, plain_text
from loraviewer.core.encodable import encodable
from loraviewer.core.json_tables import mended_text
from loraviewer.core.numbers import read_decimal
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say

MAX_SIDECAR_BYTES = 8 << 20
MAX_PREVIEW_BYTES = 32_000_000
_PREVIEW_SUFFIXES = tuple(
    f"{middle}.{suffix}" for middle in (".preview", "") for suffix in ("png", "jpg", "jpeg", "webp")
)
_PREVIEW_TYPES = ("image/png", "image/jpeg", "image/webp")
_PICTURE_HEAD_BYTES = 1 << 18
"""A JPEG may hold a colour profile and a thumbnail before it tells its size."""
_MAX_FIELD_BYTES = 1 << 18
_MOST_STRENGTH = 1_000.0

_Table = TypeVar("_Table", bound=msgspec.Struct)
_NOTHING = msgspec.Raw(b"null")


class Sidecars(msgspec.Struct, frozen=True, kw_only=True):
    """What the files beside an adapter say, made plain; empty where they say nothing.

    `problems`: one sentence for each file that was passed over.
    """

    title: str = ""
    description: str = ""
    notes: str = ""
    trigger_words: tuple[str, ...] = ()
    suggested_strength: float | None = None
    base_model: str = ""
    preview_path: str = ""
    licence: str = ""
    author: str = ""
    source: str = ""
    problems: tuple[str, ...] = ()

    def or_else(self, other: "Sidecars") -> "Sidecars":
        """What this one does not say, the other one may."""
        missing = {
            name: getattr(other, name)
            for name, value in msgspec.structs.asdict(self).items()
            if value in ("", (), None)
        }
        missing["problems"] = (*self.problems, *other.problems)
        return msgspec.structs.replace(self, **missing)


def read_sidecars(path: Path, names: Sequence[str] | None = None) -> Sidecars:
    """Everything known beside the adapter `path`. `names`: of all files in its folder whose names
    go on after the adapter's stem with a point, where they are at hand already. Never raises."""
    beside = _Beside(path, names)
    if beside.is_alone:
        return Sidecars()
    manager = _lora_manager(beside)
    # The one strength is chosen for this adapter, the other is a field of a form.
    merged = Sidecars(preview_path=_preview(beside), suggested_strength=manager.suggested_strength)
    for found in (_user_metadata(beside), manager, _civitai(beside), _rgthree(beside)):
        merged = merged.or_else(found)
    return merged.or_else(_description(beside))


def preview_beside(path: Path) -> str:
    """The path of the picture beside an adapter that may be shown; "" where there is none."""
    return _preview(_Beside(path))


class _Beside:
    """The files whose names begin as the adapter's does, from one look at its folder."""

    def __init__(self, path: Path, names: Sequence[str] | None = None) -> None:
        self._adapter = path
        self._is_all = names is not None
        self._names: dict[str, str] = {}
        for name in sorted(_names_beside(path) if names is None else names):
            self._names[name.removeprefix(path.stem).lower()] = name  # small letters stay

    @property
    def is_alone(self) -> bool:
        """Whether it is known that nothing lies beside it."""
        return self._is_all and self._names.keys() <= {self._adapter.suffix.lower()}

    def has(self, suffix: str) -> bool:
        """Whether a file with this suffix may be there."""
        return not self._is_all or suffix in self._names

    def path(self, suffix: str) -> Path:
        """Where the file with this suffix, in small letters, lies or would lie."""
        usual = self._adapter.stem + suffix
        return self._adapter.with_name(self._names.get(suffix, usual))

    def path_of_whole(self, suffix: str) -> Path:
        """As `path`, of a file whose name goes on after the adapter's own suffix."""
        return self.path(f"{self._adapter.suffix.lower()}{suffix}")


def _names_beside(path: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [name for name in os.listdir(path.parent) if name.startswith(path.stem)]
    return []


def _preview(beside: _Beside) -> str:
    for suffix in filter(beside.has, _PREVIEW_SUFFIXES):
        candidate = beside.path(suffix)
        head = _head_of(candidate, _PICTURE_HEAD_BYTES, MAX_PREVIEW_BYTES)
        facts = picture_facts(head) if head else None
        if facts is not None and facts.mime in _PREVIEW_TYPES and facts.is_modest:
            return str(candidate)
    return ""


# One tool after the other


class _UserMetadata(msgspec.Struct, rename=lambda name: name.replace("_", " ")):
    """AUTOMATIC1111 spells its keys with spaces."""

    description: msgspec.Raw = _NOTHING
    notes: msgspec.Raw = _NOTHING
    sd_version: msgspec.Raw = _NOTHING
    activation_text: msgspec.Raw = _NOTHING
    preferred_weight: msgspec.Raw = _NOTHING


def _user_metadata(beside: _Beside) -> Sidecars:
    table, problems = _read_table(beside.path(".json"), _UserMetadata)
    weight = _number(table.preferred_weight)
    base = _line(table.sd_version)
    return Sidecars(
        description=_text(table.description),
        notes=_text(table.notes),
        trigger_words=listed(_text(table.activation_text)),
        suggested_strength=weight or None,  # 0 is what is written where nothing was chosen
        base_model="" if base == "Unknown" else base,
        problems=problems,
    )


class _LoraManager(msgspec.Struct):
    model_name: msgspec.Raw = _NOTHING
    base_model: msgspec.Raw = _NOTHING
    notes: msgspec.Raw = _NOTHING
    modelDescription: msgspec.Raw = _NOTHING  # noqa: N815 - as the file spells it
    usage_tips: msgspec.Raw = _NOTHING
    civitai: msgspec.Raw = _NOTHING


class _UsageTips(msgspec.Struct):
    strength: msgspec.Raw = _NOTHING


def _lora_manager(beside: _Beside) -> Sidecars:
    table, problems = _read_table(beside.path(".metadata.json"), _LoraManager)
    tips = _table(_string(table.usage_tips).encode(), _UsageTips) or _UsageTips()
    civitai = _table(table.civitai, _Civitai) or _Civitai()
    return Sidecars(
        title=_line(table.model_name),
        description=_text(table.modelDescription) or _civitai_description(civitai),
        notes=_text(table.notes),
        trigger_words=_words(civitai.trainedWords),
        suggested_strength=_number(tips.strength),
        base_model=_line(table.base_model),
        problems=problems,
    ).or_else(_civitai_rights(civitai))


class _CivitaiModel(msgspec.Struct):
    name: msgspec.Raw = _NOTHING
    description: msgspec.Raw = _NOTHING
    creator: msgspec.Raw = _NOTHING
    allowCommercialUse: msgspec.Raw = _NOTHING  # noqa: N815
    allowDerivatives: msgspec.Raw = _NOTHING  # noqa: N815
    allowNoCredit: msgspec.Raw = _NOTHING  # noqa: N815
    allowDifferentLicense: msgspec.Raw = _NOTHING  # noqa: N815


class _CivitaiCreator(msgspec.Struct):
    username: msgspec.Raw = _NOTHING


class _Civitai(msgspec.Struct):
    name: msgspec.Raw = _NOTHING
    baseModel: msgspec.Raw = _NOTHING  # noqa: N815
    trainedWords: msgspec.Raw = _NOTHING  # noqa: N815
    description: msgspec.Raw = _NOTHING
    model: msgspec.Raw = _NOTHING
    modelId: msgspec.Raw = _NOTHING  # noqa: N815
    creator: msgspec.Raw = _NOTHING


def _civitai(beside: _Beside) -> Sidecars:
    table, problems = _read_table(beside.path(".civitai.info"), _Civitai)
    model = _table(table.model, _CivitaiModel) or _CivitaiModel()
    title = " ".join(filter(None, (_line(model.name), _line(table.name))))
    return Sidecars(
        title=title,
        description=_civitai_description(table),
        trigger_words=_words(table.trainedWords),
        base_model=_line(table.baseModel),
        problems=problems,
    ).or_else(_civitai_rights(table))


def _civitai_rights(table: _Civitai) -> Sidecars:
    """Author, source and what its page allows, as a licence in words."""
    model = _table(table.model, _CivitaiModel) or _CivitaiModel()
    creators = (_table(raw, _CivitaiCreator) for raw in (table.creator, model.creator))
    names = (_line(one.username) for one in creators if one)
    number = _value(table.modelId, int)
    return Sidecars(
        licence=_civitai_permissions(model),
        author=next(filter(None, names), ""),
        source=f"https://civitai.com/models/{number}" if number and number > 0 else "",
    )


def _civitai_permissions(model: _CivitaiModel) -> str:
    """`allowCommercialUse` is a word of older files, a list of words of newer ones."""
    uses = _value(model.allowCommercialUse, list[str])
    use = _value(model.allowCommercialUse, str)
    allowed = {word.lower() for word in (uses if uses is not None else [use or "?"])}
    said = {
        "no commercial use": not allowed or allowed == {"none"},
        "no derivatives": _value(model.allowDerivatives, bool) is False,
        "credit is asked for": _value(model.allowNoCredit, bool) is False,
        "the same permissions for what is made of it": (
            _value(model.allowDifferentLicense, bool) is False
        ),
    }
    found = [words for words, applies in said.items() if applies]
    return f"Civitai permissions: {', '.join(found)}" if found else ""


def _civitai_description(table: _Civitai) -> str:
    model = _table(table.model, _CivitaiModel) or _CivitaiModel()
    return _text(table.description) or _text(model.description)


class _Rgthree(msgspec.Struct):
    name: msgspec.Raw = _NOTHING
    baseModel: msgspec.Raw = _NOTHING  # noqa: N815
    trainedWords: msgspec.Raw = _NOTHING  # noqa: N815
    userNote: msgspec.Raw = _NOTHING  # noqa: N815


def _rgthree(beside: _Beside) -> Sidecars:
    table, problems = _read_table(beside.path_of_whole(".rgthree-info.json"), _Rgthree)
    return Sidecars(
        title=_line(table.name),
        notes=_text(table.userNote),
        trigger_words=_words(table.trainedWords),
        base_model=_line(table.baseModel),
        problems=problems,
    )


def _description(beside: _Beside) -> Sidecars:
    for suffix in (".description.txt", ".txt"):
        raw = _head_of(beside.path(suffix), 1 << 16, MAX_SIDECAR_BYTES)
        if text := plain_text(mended_text(raw or b"")[0]):
            return Sidecars(description=text)
    return Sidecars()


# Fields, each of which may be of any type


def _value(raw: msgspec.Raw, wanted: type) -> Any:
    if memoryview(raw).nbytes > _MAX_FIELD_BYTES:
        return None
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _string(raw: msgspec.Raw) -> str:
    return _value(raw, str) or ""


def _text(raw: msgspec.Raw) -> str:
    return plain_text(_string(raw))


def _line(raw: msgspec.Raw) -> str:
    return plain_line(_string(raw))


def _number(raw: msgspec.Raw) -> float | None:
    """A strength, also one that was written as a text; None for what no fader could be set to."""
    number = _value(raw, float)
    if number is None:
        number = read_decimal(_string(raw))
    is_usable = number is not None and math.isfinite(number) and abs(number) <= _MOST_STRENGTH
    return number if is_usable else None


class _Word(msgspec.Struct):
    word: msgspec.Raw = _NOTHING


def _words(raw: msgspec.Raw) -> tuple[str, ...]:
    """Of a list of texts, or of rgthree's tables with a `word`."""
    items = _value(raw, list[msgspec.Raw]) or []
    return phrases(_word(item) for item in items)


def _word(item: msgspec.Raw) -> str:
    table = _table(item, _Word)
    return _string(table.word if table else item)


def _table(raw: msgspec.Raw | bytes, wanted: type[_Table]) -> _Table | None:
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


# Files


def _read_table(path: Path, wanted: type[_Table]) -> tuple[_Table, tuple[str, ...]]:
    """The table in a file, an empty one where there is none; and what is wrong with the file."""
    raw = _head_of(path, MAX_SIDECAR_BYTES, MAX_SIDECAR_BYTES)
    if raw is None:
        too_large = say(
            "“{name}” beside it is too large or no ordinary file and was not read.", name=path.name
        )
        return wanted(), ((too_large,) if os.path.lexists(path) else ())
    text, is_text = mended_text(raw)
    table = _table(encodable(text).encode(), wanted)
    if table is None:
        return wanted(), (say("“{name}” beside it is damaged and was not read.", name=path.name),)
    mended = say(
        "“{name}” beside it is not saved as UTF-8, so that letters in it became “�”.",
        name=path.name,
    )
    return table, (() if is_text else (mended,))


def _head_of(path: Path, wanted_bytes: int, allowed_bytes: int) -> bytes | None:
    """The first bytes of an ordinary file that is not too large; None for anything else."""
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > allowed_bytes:
                return None
            return file.read(wanted_bytes)
    except (OSError, ValueError, FileError):
        return None
