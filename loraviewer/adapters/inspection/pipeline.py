"""The facts of a diffusers folder, from its configurations and the headers of its weights."""

from pathlib import Path
from typing import Any

from loraviewer.adapters.about.summary import common_dtype
from loraviewer.adapters.files.config import read_table
from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.originals.folder import weight_files
from loraviewer.adapters.recognition.checkpoint_header import (
    FLOW,
    CheckpointFacts,
    checkpoint_facts,
)
from loraviewer.adapters.recognition.pipeline_families import family_of_pipeline
from loraviewer.core.adapter_paths import PIPELINE_INDEX
from loraviewer.core.families import UNKNOWN
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

_DENOISERS = ("unet", "transformer", "prior")


def is_pipeline(folder: Path) -> bool:
    """Whether a folder is a whole pipeline as diffusers saves it."""
    return (folder / PIPELINE_INDEX).is_file()


def folder_facts(folder: Path) -> dict[str, Any]:
    """As `inspect.inspect_file` for a checkpoint. Raises `FileError`."""
    index = read_table(folder / PIPELINE_INDEX)
    components = [k for k, v in index.items() if isinstance(v, list) and _is_inside(folder, k)]
    headers = {name: _merged(weight_files(folder / name)) for name in components}
    with_weights = {name: header for name, header in headers.items() if header.tensors}
    if not with_weights:
        raise FileError(
            say(
                "“{path}” holds configurations but no safetensors weights; download those too.",
                path=str(folder),
            )
        )
    denoiser = next((with_weights[n] for n in _DENOISERS if n in with_weights), None)
    holds = checkpoint_facts(denoiser) if denoiser else CheckpointFacts("unknown")
    class_name = str(index.get("_class_name", ""))
    is_known = holds.family != UNKNOWN
    dtypes = {common_dtype(header) for header in with_weights.values()}
    return {
        "type": "checkpoint",
        "name": folder.name,
        "pipeline": class_name,
        "family": holds.family if is_known else family_of_pipeline(class_name),
        "variant": holds.variant,
        "prediction": _prediction(folder, holds),
        "components": components,
        "dtype": dtypes.pop() if len(dtypes) == 1 else "mixed" if dtypes else "",
        "parameters": sum(map(_parameters, with_weights.values())),
        "evidence": list(holds.evidence),
    }


def _is_inside(folder: Path, name: str) -> bool:
    """A component's folder; names such as `../x` are none."""
    return name not in ("", ".", "..") and Path(name).name == name and (folder / name).is_dir()


def _merged(files: tuple[Path, ...]) -> Header:
    """The tensors of all shards together."""
    headers = [read_header(path) for path in files]
    tensors = {name: info for header in headers for name, info in header.tensors.items()}
    return Header(tensors, headers[0].metadata if headers else {}, 0)


def _parameters(header: Header) -> int:
    return checkpoint_facts(header).parameters


def _prediction(folder: Path, holds: CheckpointFacts) -> str:
    """The scheduler's configuration knows better than any header."""
    path = folder / "scheduler" / "scheduler_config.json"
    config = read_table(path) if path.is_file() else {}
    said = config.get("prediction_type")
    if holds.prediction == FLOW or str(config.get("_class_name", "")).startswith("FlowMatch"):
        return FLOW
    return said if isinstance(said, str) else "epsilon"
