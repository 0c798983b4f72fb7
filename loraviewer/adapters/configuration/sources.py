"""The places in which trainers keep the configuration of an adapter, the most trusted first.

1. `lora_adapter_metadata` in the header (diffusers): one JSON table, keys prefixed by component.
2. A PEFT configuration as one JSON text in the header.
3. Single keys of the header: `lora_alpha`, `transformer.lora_alpha` (SimpleTuner), `alpha`.
4. `adapter_config.json` beside the file (PEFT).

What travels inside the file counts more than what happens to lie beside it. `ss_network_alpha`
(kohya) is none of them: it tells how the file was trained, while the value that counts is kept as a
tensor of each module, or was multiplied into the factors when the file was converted.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.naming.base import DENOISERS, TEXT_ENCODERS
from loraviewer.core.adapter_paths import PEFT_CONFIG as CONFIG_NAME
from loraviewer.core.folders import weight_files
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import AdapterError, FileError, text_of
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.system_reasons import reason_of

_MAX_CONFIG_BYTES = 2 << 20
"""A pattern for each of thousands of modules takes a tenth of this."""

_DIFFUSERS_KEY = "lora_adapter_metadata"
_PEFT_KEYS = ("adapter_config", "peft_config", "lora_config")
_HEADER = say("its header")
_COMPONENTS = ("", *DENOISERS, *TEXT_ENCODERS)

_SINGLE_KEYS: Mapping[str, str] = {
    "lora_alpha": "lora_alpha",
    "alpha": "alpha",
    "network_alpha": "network_alpha",
    "r": "r",
    "rank": "r",
    "lora_rank": "r",
    "use_rslora": "use_rslora",
    "alpha_pattern": "alpha_pattern",
    "rank_pattern": "rank_pattern",
    "init_lora_weights": "init_lora_weights",
    "use_dora": "use_dora",
    "peft_type": "peft_type",
}
"""Key of the header, after the component → PEFT's name of the field."""

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """One place. `tables`: component → PEFT's fields; `""` holds what is for every component."""

    place: str
    """As a sentence names it: “its header”."""
    tables: Mapping[str, Table]

    def table(self, component: str) -> Table:
        return {**self.tables.get("", {}), **self.tables.get(component, {})}


def sources_of(header: Header, path: Path) -> tuple[Source, ...]:
    """All places that say something. Raises `AdapterError` for one that is no JSON table."""
    return tuple(source for source in _all_sources(header, path) if any(source.tables.values()))


def is_passed_over(path: Path) -> bool:
    """Whether a configuration lies beside the file without being surely its own."""
    return (path.parent / CONFIG_NAME).is_file() and not _belongs_to_config(path)


def _all_sources(header: Header, path: Path) -> Iterator[Source]:
    if text := header.metadata.get(_DIFFUSERS_KEY):
        yield Source(
            say("its header ({key})", key=_DIFFUSERS_KEY),
            _by_component(_decode(text, path)),
        )
    for key in _PEFT_KEYS:
        if (text := header.metadata.get(key, "")).lstrip().startswith("{"):
            yield Source(say("its header ({key})", key=key), {"": _decode(text, path)})
    yield Source(_HEADER, _single_keys(header.metadata))
    beside = path.parent / CONFIG_NAME
    if beside.is_file() and _belongs_to_config(path):
        yield Source(
            say("{file} beside it", file=CONFIG_NAME),
            {"": _decode(_read_beside(beside), beside)},
        )


def opening(place: str) -> str:
    """A place with which a sentence begins: with a capital, unless it begins with a file's name."""
    key = place.values.get("key") if isinstance(place, Sentence) else None
    if key is not None:
        return say("Its header ({key})", key=key)
    return say("Its header") if place == _HEADER else place


def _by_component(flat: Table) -> dict[str, dict[str, Any]]:
    """{"unet.lora_alpha": 8} -> {"unet": {"lora_alpha": 8}}."""
    nested: dict[str, dict[str, Any]] = {}
    for key, value in flat.items():
        component, _, name = key.rpartition(".")
        nested.setdefault(component, {})[name] = value
    return nested


def _single_keys(metadata: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for key, text in metadata.items():
        if key.startswith("ss_"):  # kohya's hundred
            continue
        component, _, name = key.rpartition(".")
        field = _SINGLE_KEYS.get(name)
        if field is not None and component in _COMPONENTS and text.strip():
            nested.setdefault(component, {}).setdefault(field, _value(text))
    return nested


def _value(text: str) -> Any:
    """The header only knows texts: `16`, `True`, `{"attn.to_q": 4}`, `pissa`."""
    text = text.strip()
    if text in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[text]
    try:
        return json.loads(text) if len(text) <= _MAX_CONFIG_BYTES else text
    except (ValueError, RecursionError):
        return text


def _belongs_to_config(path: Path) -> bool:
    """PEFT's own file name, or the only weights file of its folder."""
    if path.stem.startswith("adapter_model"):
        return True
    return [p.name for p in weight_files(path.parent)] == [path.name]


def _read_beside(path: Path) -> bytes:
    try:
        return read_regular(path, _MAX_CONFIG_BYTES)
    except FileError as error:
        raise AdapterError(error.message) from error
    except OSError as error:
        raise AdapterError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error


def _decode(text: str | bytes, path: Path) -> dict[str, Any]:
    if len(text) > _MAX_CONFIG_BYTES:
        raise AdapterError(
            say("The PEFT configuration of “{path}” is too large to be one.", path=str(path))
        )
    try:
        return decoded_table(text)
    except BadTable as problem:
        raise AdapterError(
            say(
                "The PEFT configuration of “{path}” {problem}; save it again, or take it away.",
                path=str(path),
                problem=text_of(problem),
            )
        ) from problem
