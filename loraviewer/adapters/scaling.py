"""alpha and rank-stabilisation of a file: from its own tensors, or from PEFT's configuration.

PEFT files carry no alpha per module. Its values lie in the metadata (`lora_adapter_metadata`, keys
prefixed by component) or in `adapter_config.json` beside the file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.kinds.base import Scaling
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.targets import Target
from loraviewer.core.outcome import AdapterError

_MAX_CONFIG_BYTES = 2 << 20
"""A pattern for each of thousands of modules takes a tenth of this."""
_METADATA_KEY = "lora_adapter_metadata"


@dataclass(frozen=True)
class FileScaling:
    """PEFT's configuration per component; `""` holds what is for every component."""

    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, header: Header, path: Path) -> "FileScaling":
        """The configuration in the file, else the one beside it, else none."""
        if text := header.metadata.get(_METADATA_KEY):
            return cls(_by_component(_decode(text, path)))
        beside = path.with_name("adapter_config.json")
        if _belongs_to_config(path) and beside.is_file():
            return cls({"": _decode(_read_text(beside), beside)})
        return cls()

    def for_target(self, target: Target) -> Scaling:
        """What the configuration says about a module whose group has no alpha tensor."""
        config = self.configs.get(target.component) or self.configs.get("") or {}
        alpha = _pattern_value(config.get("alpha_pattern"), target)
        return _scaling(config, alpha, _pattern_value(config.get("rank_pattern"), target))

    def usual(self) -> Scaling:
        """As `for_target`, for a module that the base does not have."""
        return _scaling(next(iter(self.configs.values()), {}), None, None)


def _scaling(config: Mapping[str, Any], alpha: Any, rank: Any) -> Scaling:
    """`alpha`, `rank`: what patterns said, or None. LoRA's configuration says `lora_alpha`, the
    others' `alpha`."""
    return Scaling(
        _first_number(alpha, config.get("lora_alpha"), config.get("alpha")),
        config.get("use_rslora") is True,
        rank=next((r for r in (rank, config.get("r")) if type(r) is int and r > 0), None),
        neumann_terms=_neumann_terms(config),
    )


def _first_number(*values: Any) -> float | None:
    numbers = (v for v in values if isinstance(v, int | float) and not isinstance(v, bool))
    return next(map(float, numbers), None)


def _neumann_terms(config: Mapping[str, Any]) -> int | None:
    """PEFT's OFT: how many terms its Cayley–Neumann series has, None where it is switched off."""
    if config.get("use_cayley_neumann") is False:
        return None
    terms = config.get("num_cayley_neumann_terms", 5)
    return terms if type(terms) is int and 1 < terms <= 100 else 5


def _belongs_to_config(path: Path) -> bool:
    """PEFT's own file name, or the only weights file of its folder."""
    if path.stem.startswith("adapter_model"):
        return True
    return [p.name for p in path.parent.glob("*.safetensors")] == [path.name]


def _read_text(path: Path) -> str:
    if path.stat().st_size > _MAX_CONFIG_BYTES:
        raise AdapterError(f"“{path}” is too large for a PEFT configuration; remove it.")
    return path.read_text("utf-8", errors="replace")


def _decode(text: str, path: Path) -> dict[str, Any]:
    if len(text) > _MAX_CONFIG_BYTES:
        raise AdapterError(f"The PEFT configuration of “{path}” is too large to be one.")
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AdapterError(f"The PEFT configuration of “{path}” is not valid JSON.") from error
    if not isinstance(config, dict):
        raise AdapterError(f"The PEFT configuration of “{path}” is not a table.")
    return config


def _by_component(flat: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{"unet.lora_alpha": 8} -> {"unet": {"lora_alpha": 8}}."""
    nested: dict[str, dict[str, Any]] = {}
    for key, value in flat.items():
        component, _, name = key.rpartition(".")
        nested.setdefault(component, {})[name] = value
    return nested


def _pattern_value(patterns: Any, target: Target) -> Any:
    """The value of the first pattern that ends the module's path. Patterns are read literally:
    they come from a file, and a hostile regular expression could run for ever."""
    if not isinstance(patterns, dict):
        return None
    paths = (target.path, canonical_path(target.component, target.path))
    for pattern, value in patterns.items():
        ending = str(pattern).removeprefix("^").replace("\\.", ".")
        if any(path == ending or path.endswith("." + ending) for path in paths):
            return value
    return None
