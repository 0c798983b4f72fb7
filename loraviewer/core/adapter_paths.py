"""What a path to an adapter means: a weights file, or a folder that PEFT or diffusers saved one in.

Both give every adapter's file the same name, so that the folder's name is the adapter's.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from loraviewer.core.folders import is_companion, is_weight_file
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import in_quotes, say, with_or
from loraviewer.core.system_reasons import reason_of

PEFT_CONFIG = "adapter_config.json"

_PEFT, _DIFFUSERS = "adapter_model", "pytorch_lora_weights"
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")
PIPELINE_INDEX = "model_index.json"
_CACHED, _REPOSITORY = "snapshots", "models--"
"""Hugging Face's cache calls folders by hashes, and what is in them by the repository."""


def is_adapter_folder(path: Path) -> bool:
    """Whether a path is a folder that is one adapter: PEFT's, or one whose only weights have the
    name that PEFT or diffusers gives an adapter's. What of it cannot be used is for `adapter_file`
    to say."""
    try:
        return os.path.isdir(path) and _is_adapter(_names(path))
    except FileError:
        return False


def adapter_file(path: Path) -> Path:
    """The weights file that a path means: itself, or the one in an adapter's folder.

    Raises `FileError` for a folder that is no adapter, and for weights that are not in one
    safetensors file.
    """
    if not os.path.isdir(path):
        return path
    names = _names(path)
    if not _is_adapter(names):
        has_adapters = any(is_adapter_folder(path / name) for name in names)
        raise FileError(
            say("“{path}” is a folder and not one adapter; choose a folder in it.", path=str(path))
            if has_adapters
            else say(
                "“{path}” is a folder and not one adapter; choose a file in it.", path=str(path)
            )
        )
    own = own_weights(names)
    exact = [name for name in own if is_named_by_folder(Path(name))]
    if len(exact) > 1:
        choice = with_or(map(in_quotes, exact))
        raise FileError(
            say("“{path}” holds two adapters; choose {choice}.", path=str(path), choice=choice)
        )
    if exact or len(own) == 1:
        return path / (exact or own)[0]
    raise FileError(say("“{path}” {trouble}.", path=str(path), trouble=_trouble(names, own)))


def is_named_by_folder(file: Path) -> bool:
    """Whether a file's name is the one that every adapter of its sort has."""
    return file.stem in (_PEFT, _DIFFUSERS)


def has_other_adapter(file: Path) -> bool:
    """Whether another file of the folder has a name that makes it the folder's adapter."""
    weights = _weights(_names(file.parent)) if os.path.isdir(file.parent) else []
    return any(is_named_by_folder(Path(name)) and name != file.name for name in weights)


def adapter_name(path: Path) -> str:
    """What an adapter is called: its file, or its folder where the file's name says nothing."""
    if not is_named_by_folder(path):
        return path.stem
    folder = path.absolute().parent
    repository = folder.parent.parent.name
    if folder.parent.name == _CACHED and repository.startswith(_REPOSITORY):
        return repository.rpartition("--")[2]
    return folder.name or path.stem


def own_weights(names: Sequence[str]) -> list[str]:
    """Of the entries of an adapter's folder, the weights that are the adapter's own."""
    weights = _weights(names)
    return [name for name in weights if name.startswith((_PEFT, _DIFFUSERS))] or weights


def _is_adapter(names: Sequence[str]) -> bool:
    if PIPELINE_INDEX in names:
        return False
    weights = _weights(names)
    if PEFT_CONFIG in names:
        return len(weights) < 2 or any(name.startswith(_PEFT) for name in weights)
    all_weights = weights or _pickles(names)
    return [Path(name).stem for name in all_weights] in ([_DIFFUSERS], [_PEFT])


def _trouble(names: Sequence[str], weights: Sequence[str]) -> str:
    if weights:
        return say(
            "keeps its weights in several files; save them as one, “adapter_model.safetensors”"
        )
    if pickles := _pickles(names):
        return say(
            "keeps its weights in “{pickle}”, a pickle, which can run code when opened; "
            "convert it to safetensors and open that",
            pickle=pickles[0],
        )
    return say(
        "holds “{config}” but no weights; download “adapter_model.safetensors” too",
        config=PEFT_CONFIG,
    )


def _weights(names: Sequence[str]) -> list[str]:
    return [name for name in names if is_weight_file(name)]


def _pickles(names: Sequence[str]) -> list[str]:
    """Adapters' own before those that a trainer leaves beside them."""
    found = [name for name in names if name.lower().endswith(_PICKLES) and not is_companion(name)]
    return sorted(found, key=lambda name: (not name.startswith((_PEFT, _DIFFUSERS)), name))


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise FileError(
            say(
                "“{path}” cannot be read: {why}.",
                path=str(folder),
                why=reason_of(error),
            )
        ) from error
