"""What a checkpoint's folder may name, and how its small parts are made. Nothing in a folder is
ever run.

A component is a scheduler, a network, a tokenizer or a processor whose class diffusers or
transformers define. Classes that choose others at run time (`AutoTokenizer`, `AutoModel`), whole
pipelines and modular blocks can be told by a file to run code beside it, so they are none of these.
"""

import importlib
import importlib.util
import inspect
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.optional_packages import SENTENCEPIECE
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say
from loraviewer.engine.opening.folder_safety import (
    check_no_marks,
    check_numbers,
    check_part_folder,
    checked_config,
)
from loraviewer.engine.opening.tokenizers import load_tokenizer

SCHEDULER_CONFIG = "scheduler_config.json"

_BASES = (
    ("diffusers.schedulers.scheduling_utils", "SchedulerMixin"),
    ("diffusers.models.modeling_utils", "ModelMixin"),
    ("diffusers.guiders.guider_utils", "BaseGuidance"),
    ("transformers.modeling_utils", "PreTrainedModel"),
    ("transformers.tokenization_utils_base", "PreTrainedTokenizerBase"),
    ("transformers.processing_utils", "ProcessorMixin"),
    ("transformers.image_processing_base", "ImageProcessingMixin"),
)


_MAY_ASK_SENTENCEPIECE = ("BertJapaneseTokenizer",)
"""Where their settings say so."""


def part_class(folder: Path, library: str, class_name: str) -> Any:
    """The class of the component in `folder`. Raises `CheckpointError` for all that may not be
    named, or that the installed libraries do not have."""
    module = _library(library)
    found = getattr(module, class_name, None) if module is not None else None
    if not inspect.isclass(found) or ".dummy_" in found.__module__:  # another library is missing
        raise CheckpointError(
            say(
                "{path}: it needs the class {library}.{class_name}, which the installed libraries "
                "do not have.",
                path=str(folder),
                library=library[:60],
                class_name=class_name[:60],
            )
        )
    if not issubclass(found, _bases()) or not _is_of_a_library(found):
        raise CheckpointError(
            say(
                "{path}: it names {library}.{class_name}, which is no network, scheduler or "
                "tokenizer but may run code of the folder; that is never done here.",
                path=str(folder),
                library=library[:60],
                class_name=class_name[:60],
            )
        )
    if _needs_sentencepiece(found):
        raise CheckpointError(
            say(
                "{path}: it names {library}.{class_name}, which reads vocabularies by the package "
                "sentencepiece; that is done for Kolors alone.",
                path=str(folder),
                library=library[:60],
                class_name=class_name[:60],
            )
        )
    return found


def load_small_part(name: str, found: Any, folder: Path) -> Any:
    """A component without weights, from its settings alone."""
    check_part_folder(folder, may_name_code=is_diffusers(found))
    is_tokenizer = name.startswith("tokenizer")
    if not is_tokenizer and (folder / SCHEDULER_CONFIG).is_file():
        config = checked_config(folder / SCHEDULER_CONFIG)
        check_numbers(config, folder / SCHEDULER_CONFIG)
        return found.from_config(config)
    check_no_marks(folder)
    if is_tokenizer:
        return load_tokenizer(found, folder)
    if is_diffusers(found):
        return found.from_pretrained(str(folder), local_files_only=True)
    return found.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)


def is_network(found: Any) -> bool:
    return issubclass(found, torch.nn.Module)


def is_diffusers(found: Any) -> bool:
    """Whether diffusers itself defines the class, so that a folder's own code is no way to it."""
    return found.__module__.startswith("diffusers.")


def _is_of_a_library(found: Any) -> bool:
    return is_diffusers(found) or found.__module__.startswith("transformers.")


def _needs_sentencepiece(found: Any) -> bool:
    """Whether its instances hand a stranger's file to that package: classes that transformers has
    only where it is installed, which must not let folders name more than they can without it."""
    is_asked = SENTENCEPIECE.name in map(str, getattr(found, "__backends", ()))
    return is_asked or found.__name__ in _MAY_ASK_SENTENCEPIECE


def _bases() -> tuple[type, ...]:
    """Those that the installed versions have."""
    found = []
    for module, name in _BASES:
        if importlib.util.find_spec(module) is not None:
            found.append(getattr(importlib.import_module(module), name, None))
    return tuple(base for base in found if base is not None)


def _library(name: str) -> Any:
    if name in ("diffusers", "transformers"):
        return importlib.import_module(name)
    inner = f"diffusers.pipelines.{name}"
    if name.isidentifier() and importlib.util.find_spec(inner) is not None:
        return importlib.import_module(inner)
    return None
