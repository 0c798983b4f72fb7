"""A single file as a diffusers folder, built as its family's published folders are."""

import json
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.files.raw_writer import RawTensor, write_raw
from loraviewer.adapters.files.safetensors_writer import made_when_written
from loraviewer.adapters.merging.live_values import LiveValues
from loraviewer.adapters.originals.assembly import Assembly
from loraviewer.adapters.originals.back import bare
from loraviewer.adapters.originals.companions import Companions
from loraviewer.adapters.recognition.prediction_beside import prediction_beside
from loraviewer.adapters.recognition.single_file_config import SingleFile, recognised
from loraviewer.core.atomic import new_folder
from loraviewer.core.families import family_title
from loraviewer.core.outcome import FileError
from loraviewer.core.prediction import EPSILON
from loraviewer.core.resources import clip_vocabulary
from loraviewer.core.sentences import say
from loraviewer.engine.opening.prediction import scheduler_config
from loraviewer.engine.rendering.samplers import with_prediction

_FAMILIES = ("sd1", "sd2", "sdxl")
_WHOLE_NAMES = ("text_projection",)
_SD2_BASE_SAMPLE_SIZE = 64


def folder_place(path: Path) -> SingleFile:
    """From the header alone. Raises `FileError` for what cannot become a folder, `CheckpointError`
    for files that do not open."""
    single = recognised(path, read_header(path))
    if single.facts.family not in _FAMILIES:
        raise FileError(
            say(
                "“{base}” is a single file of {family}, and only those of Stable Diffusion 1, 2 "
                "and XL can become a folder; export it as one file.",
                base=str(path),
                family=family_title(single.facts.family),
            )
        )
    assembly = Assembly(single, Companions.none())
    if missing := [name for name in assembly.networks if not assembly.has(name)]:
        raise FileError(
            say("“{base}” has no {what}, which a folder needs; export it as one file.",
                base=str(path), what=missing[0])
        )  # fmt: skip
    return single


def write_as_folder(
    out: Path, values: LiveValues, single: SingleFile, notes: Mapping[str, bytes]
) -> None:
    """`single`: the file that the networks of `values` are of. `notes`: files to lie beside
    model_index.json. Raises as `write_as_file`."""
    with new_folder(out) as temporary:
        shutil.copytree(single.config, temporary)
        _write_changes(temporary, single)
        for component, network in values.networks.items():
            tensors = _tensors(component, network, values)
            write_raw(temporary / component / file_name(component), tensors, {"format": "pt"})
        _write_scheduler(temporary, single, values.networks["unet"])
        _write_words(temporary)
        for name, data in notes.items():
            (temporary / name).write_bytes(data)


def file_name(component: str) -> str:
    is_text = component.startswith("text_encoder")
    return "model.safetensors" if is_text else "diffusion_pytorch_model.safetensors"


def _tensors(component: str, network: torch.nn.Module, values: LiveValues) -> dict[str, RawTensor]:
    """Under the names that all releases of the libraries read."""
    return {
        _published(component, name): made_when_written(
            values.dtype_of(parameter.dtype),
            tuple(parameter.shape),
            partial(values.parameter, component, name),
        )
        for name, parameter in network.named_parameters()
    }


def _published(component: str, name: str) -> str:
    if not component.startswith("text_encoder") or name.startswith(_WHOLE_NAMES):
        return name
    return f"text_model.{bare(name)}"


def _write_changes(folder: Path, single: SingleFile) -> None:
    """What is otherwise than in the bundled settings, such as the depth of a cut-down UNet."""
    for component, changes in single.changes.items():
        if changes:
            settings = folder / component / "config.json"
            write_table(settings, read_config(settings) | dict(changes))


def _write_scheduler(folder: Path, single: SingleFile, unet: torch.nn.Module) -> None:
    path = folder / "scheduler" / "scheduler_config.json"
    usual = read_config(path)
    config = scheduler_config(single.header, usual, single.facts.family, unet)
    config = with_prediction(config, prediction_beside(single.path).prediction)
    write_table(path, dict(config))
    if single.facts.family == "sd2" and config["prediction_type"] == EPSILON:
        settings = folder / "unet" / "config.json"
        write_table(settings, read_config(settings) | {"sample_size": _SD2_BASE_SAMPLE_SIZE})


def _write_words(folder: Path) -> None:
    """Into each tokenizer's folder, beside settings of its own."""
    vocabulary = clip_vocabulary()
    shared = read_config(vocabulary / "tokenizer_config.json")
    for part in sorted(folder.glob("tokenizer*")):
        for name in ("vocab.json", "merges.txt"):
            shutil.copyfile(vocabulary / name, part / name)
        settings = part / "tokenizer_config.json"
        write_table(settings, shared | read_config(settings))


def write_table(path: Path, table: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n", "utf-8")
