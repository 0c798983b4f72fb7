"""The facts of one file for the command line: JSON-ready, from headers only unless asked."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.compress import LowRank
from loraviewer.adapters.families import family_of_checkpoint
from loraviewer.adapters.hashing import file_sha256, stream_sha256
from loraviewer.adapters.header import Header, read_header
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.summary import common_dtype, summary_of
from loraviewer.adapters.targets import TargetIndex
from loraviewer.adapters.tensors import read_tensor
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.reports import AdapterSummary

_COMPONENT_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "unet": ("model.diffusion_model.",),
    "vae": ("first_stage_model.", "vae."),
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.0.", "text_encoders.clip_l."),
    "text_encoder_2": ("conditioner.embedders.1.", "text_encoders.clip_g."),
}
_VARIANT_OF_CHANNELS = {4: "base", 5: "depth", 7: "upscaler", 8: "instruct-pix2pix", 9: "inpaint"}
_FIRST_WEIGHTS = ("model.diffusion_model.input_blocks.0.0.weight", "conv_in.weight")
_MAX_CONFIG_BYTES = 8 << 20


def inspect_file(
    path: Path, base: TargetIndex | None = None, values: bool = False
) -> dict[str, Any]:
    """The JSON fields of `loraviewer inspect` for an adapter, a checkpoint file or a diffusers
    folder; `type` is "unknown" for any other safetensors file. Raises `FileError`.

    With a base, also where every key ends; with `values`, reads the tensors too.
    """
    if path.is_dir():
        return _inspect_folder(path)
    header = read_header(path)
    summary = summary_of(header, path)
    if summary.kinds:
        return _inspect_adapter(path, header, summary, base, values)
    family = family_of_checkpoint(header)
    if family == "unknown" and not _components_of(header):
        return {"type": "unknown", "family": "unknown", "dtype": common_dtype(header)}
    return _inspect_checkpoint(header, family)


def _inspect_adapter(
    path: Path, header: Header, summary: AdapterSummary, base: TargetIndex | None, values: bool
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": "adapter",
        "name": summary.name,
        "family": summary.family,
        "naming": list(summary.naming),
        "kinds": summary.kinds,
        "modules": summary.modules,
        "ranks": _range(summary.ranks),
        "dtype": summary.dtype,
        "trigger_words": list(summary.trigger_words),
        "metadata": summary.metadata,
        "sha256": file_sha256(path),
    }
    if base is not None:
        facts |= _matching_facts(header, base)
    if values:
        facts |= _value_facts(path, header, base)
    return facts


def _range(ranks: tuple[int, int] | None) -> dict[str, int] | None:
    return {"min": ranks[0], "max": ranks[1]} if ranks else None


def _matching_facts(header: Header, base: TargetIndex) -> dict[str, Any]:
    report = match_file(header, base).report("")
    return {
        "matched": list(report.matched),
        "unmatched": list(report.unmatched),
        "shape_mismatch": list(report.shape_mismatch),
        "unsupported": list(report.unsupported),
        "fits": report.fits,
    }


def _value_facts(path: Path, header: Header, base: TargetIndex | None) -> dict[str, Any]:
    """`autov3`, and with a base that fits: `finite`, `energy` ‖ΔW‖²_F and `norms` per module."""
    with path.open("rb") as file:
        facts: dict[str, Any] = {"autov3": stream_sha256(file, start=header.data_offset)[:12]}
    facts["finite"] = _is_finite(path, header)
    if base is None or not facts["finite"]:
        return facts
    try:
        adapter, _ = load_adapter(path, base)
    except AdapterError:
        return facts
    energies = {
        ".".join(key): delta.scaling**2 * LowRank(delta.up.double(), delta.down.double()).energy()
        for key, delta in adapter.modules.items()
        if isinstance(delta, LowRankDelta)
    }
    facts["energy"] = sum(energies.values())
    facts["norms"] = {name: math.sqrt(energy) for name, energy in energies.items()}
    return facts


def _is_finite(path: Path, header: Header) -> bool:
    """Whether all numbers of the file are finite."""
    with path.open("rb") as file:
        for name in header.tensors:
            tensor = read_tensor(file, header, name, path)
            if tensor.is_floating_point() and not torch.isfinite(tensor.float()).all():
                return False
    return True


def _inspect_checkpoint(header: Header, family: str) -> dict[str, Any]:
    return {
        "type": "checkpoint",
        "family": family,
        "variant": _variant(header),
        "prediction": _prediction(header),
        "components": _components_of(header),
        "dtype": common_dtype(header),
        "parameters": _parameters(header),
        "metadata": header.metadata,
    }


def _parameters(header: Header) -> int:
    return sum(math.prod(info.shape) for info in header.tensors.values())


def _components_of(header: Header) -> list[str]:
    found = {
        component
        for component, prefixes in _COMPONENT_PREFIXES.items()
        if any(name.startswith(prefixes) for name in header.tensors)
    }
    return sorted(found)


def _variant(header: Header) -> str:
    for name in _FIRST_WEIGHTS:
        if name in header.tensors and len(header.tensors[name].shape) == 4:
            return _VARIANT_OF_CHANNELS.get(header.tensors[name].shape[1], "unknown")
    return "unknown"


def _prediction(header: Header) -> str:
    """From marker tensors and metadata; "unknown" where the header cannot tell (SD 2)."""
    if "edm_vpred.sigma_max" in header.tensors or "edm_mean" in header.tensors:
        return "edm"
    said = header.metadata.get("modelspec.prediction_type", "")
    if "v_pred" in header.tensors or said.startswith("v"):
        return "v_prediction"
    if said == "epsilon" or family_of_checkpoint(header) in ("sd1", "sdxl", "sdxl-refiner"):
        return "epsilon"
    return "unknown"


def _inspect_folder(folder: Path) -> dict[str, Any]:
    """A diffusers folder, from its configurations and the headers of its weights."""
    index = _read_json(folder / "model_index.json")
    components = [k for k, v in index.items() if isinstance(v, list) and (folder / k).is_dir()]
    headers = {
        name: [read_header(p) for p in sorted((folder / name).glob("*.safetensors"))]
        for name in components
    }
    with_weights = {name: found for name, found in headers.items() if found}
    denoiser = with_weights["unet"][0] if "unet" in with_weights else None
    scheduler = folder / "scheduler" / "scheduler_config.json"
    config = _read_json(scheduler) if scheduler.is_file() else {}
    dtypes = {common_dtype(header) for found in with_weights.values() for header in found}
    return {
        "type": "checkpoint",
        "family": _family_of_folder(folder, denoiser),
        "variant": _variant(denoiser) if denoiser else "unknown",
        "prediction": str(config.get("prediction_type", "epsilon")),
        "components": components,
        "dtype": dtypes.pop() if len(dtypes) == 1 else "mixed",
        "parameters": sum(_parameters(h) for found in with_weights.values() for h in found),
    }


def _family_of_folder(folder: Path, denoiser: Header | None) -> str:
    family = family_of_checkpoint(denoiser) if denoiser else "unknown"
    if family != "unknown":
        return family
    if not (folder / "unet" / "config.json").is_file():
        return "unknown"
    config = _read_json(folder / "unet" / "config.json")
    return {"2048": "sdxl", "768": "sd1", "1024": "sd2", "1280": "sdxl-refiner"}.get(
        str(config.get("cross_attention_dim")), "unknown"
    )


def _read_json(path: Path) -> dict[str, Any]:
    """A small configuration file as a table; `FileError` if it is missing or broken."""
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise FileError(f"“{path}” is too large for a configuration.")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"“{path}” cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise FileError(f"“{path}” is not valid JSON; the folder is damaged.") from error
    if not isinstance(document, dict):
        raise FileError(f"“{path}” is no table; the folder is damaged.")
    return document
