"""What PEFT's configuration of an adapter says of its base.

It lies in the metadata (`lora_adapter_metadata`, keys prefixed by component) or in
`adapter_config.json` beside the weights. What it says of strength is read by
`adapters.configuration`.
"""

import json
from pathlib import Path

from loraviewer.adapters.configuration.sources import CONFIG_NAME

_MAX_BYTES = 2 << 20
_BASE = "base_model_name_or_path"


def base_in_peft_config(text: str) -> str:
    """What a configuration calls the base; "" where it does not, or is none."""
    if not text or len(text) > _MAX_BYTES:
        return ""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(config, dict):
        return ""
    names = (v for k, v in config.items() if k == _BASE or k.endswith(f".{_BASE}"))
    return next((name for name in names if isinstance(name, str)), "")


def base_beside(path: Path) -> str:
    """What the configuration beside PEFT's own file name calls the base; "" without one."""
    config = path.with_name(CONFIG_NAME)
    if not path.stem.startswith("adapter_model"):
        return ""
    try:
        if config.stat().st_size > _MAX_BYTES:
            return ""
        return base_in_peft_config(config.read_text("utf-8", errors="replace"))
    except OSError:
        return ""
