"""In which layout and precision a checkpoint is written: whether that can be, how large it becomes,
and which way leads there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loraviewer.adapters.merging.export import write_checkpoint
from loraviewer.adapters.merging.live_values import LiveValues
from loraviewer.adapters.recognition.single_file_config import SingleFile
from loraviewer.core.exports import ExportLayout, Precision
from loraviewer.core.outcome import LoraviewerError
from loraviewer.engine.checkpoint import explaining
from loraviewer.engine.opening.file_names import parameter_names
from loraviewer.engine.rewriting.same_layout import recast_file, recast_folder
from loraviewer.engine.rewriting.single_file_places import SingleFilePlace, single_file_place
from loraviewer.engine.rewriting.to_file import write_as_file
from loraviewer.engine.rewriting.to_folder import folder_place, write_as_folder


@dataclass(frozen=True)
class Form:
    """`place`: what the other layout needs to know; None for the base's own."""

    base: Path
    precision: Precision
    place: SingleFilePlace | SingleFile | None = None


def form_of(base: Path, *, is_file: bool, precision: Precision) -> Form:
    """How `base` is written as a single file or as a folder. From configurations and headers alone.
    Raises `LoraviewerError` with what is not possible."""
    is_folder = os.path.isdir(base)
    if is_folder != is_file:
        return Form(base, precision)
    with explaining(base):
        place = single_file_place(base) if is_folder else folder_place(base)
    return Form(base, precision, place)


def layout_refusals(base: Path) -> dict[ExportLayout, str]:
    """Of each layout, why `base` cannot be written in it; "" where it can. From configurations and
    headers alone."""
    return {"folder": _refusal(base, is_file=False), "file": _refusal(base, is_file=True)}


def _refusal(base: Path, *, is_file: bool) -> str:
    try:
        form_of(base, is_file=is_file, precision="base")
    except LoraviewerError as error:
        return error.message
    return ""


def write_form(
    out: Path,
    form: Form,
    values: LiveValues,
    metadata: Mapping[str, str],
    notes: Mapping[str, bytes],
) -> None:
    """`metadata`: of a file, all but what its layout needs. `notes`: of a folder, files beside
    model_index.json. Raises `LoraviewerError` and `Cancelled`; nothing is written then."""
    if isinstance(form.place, SingleFilePlace):
        write_as_file(out, values, form.place, metadata)
    elif form.place is not None:
        write_as_folder(out, values, form.place, notes)
    elif form.precision == "base":
        networks, touched = values.networks, values.touched_names
        own = {"metadata": metadata, "notes": notes}
        write_checkpoint(out, form.base, networks, touched, parameter_names, **own)
    elif os.path.isdir(form.base):
        recast_folder(out, form.base, values, form.precision, notes)
    else:
        recast_file(out, form.base, values, metadata)
