"""Which file a path means as an adapter, and what people call it. Touches the disk."""

from pathlib import Path

from loraviewer.core.outcome import FileError

_PEFT_CONFIG = "adapter_config.json"
_PEFT_STEM = "adapter_model"
_FIXED_NAMES = (f"{_PEFT_STEM}.safetensors", "pytorch_lora_weights.safetensors")
"""What PEFT and diffusers call the weights inside of a folder that bears the adapter's name."""
_PIPELINE_MARK = "model_index.json"


def adapter_in_folder(folder: Path) -> Path | None:
    """The weights of a folder that PEFT or diffusers saved as one adapter; None for any other.

    Raises `FileError` where these weights are of a format that may run code.
    """
    if not folder.is_dir() or (folder / _PIPELINE_MARK).exists():
        return None
    found = next((folder / name for name in _FIXED_NAMES if (folder / name).is_file()), None)
    pickled = folder / f"{_PEFT_STEM}.bin"
    if found is None and (folder / _PEFT_CONFIG).is_file() and pickled.is_file():
        raise FileError(
            f"“{pickled}” is a pickle, which may run code when it is read; "
            "save the adapter again as safetensors (PEFT: safe_serialization=True)."
        )
    return found


def adapter_name(path: Path) -> str:
    """What people call an adapter file: its own name, or its folder's where that is the same for
    all."""
    name = path.absolute().parent.name if path.name in _FIXED_NAMES else ""
    return name or path.stem
