"""A diffusers folder as one file, in the names of the original code."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch

from loraviewer.adapters.files.raw_writer import RawTensor, write_raw
from loraviewer.adapters.files.safetensors_writer import made_when_written
from loraviewer.adapters.merging.live_values import LiveValues
from loraviewer.adapters.originals.back import OriginalTensor, original_tensors
from loraviewer.core.atomic import new_file
from loraviewer.core.prediction import V_PREDICTION
from loraviewer.engine.rewriting.single_file_places import SingleFilePlace

_ARCHITECTURES: Mapping[str, str] = {
    "sd1": "stable-diffusion-v1",
    "sdxl": "stable-diffusion-xl-v1-base",
}
_SD2: Mapping[bool, str] = {True: "stable-diffusion-v2-768-v", False: "stable-diffusion-v2-512"}


def write_as_file(
    out: Path, values: LiveValues, place: SingleFilePlace, metadata: Mapping[str, str]
) -> None:
    """`place`: of the folder that the networks of `values` are of. Raises `FileError`,
    `MergeError` and `Cancelled`, and then nothing is written."""
    networks = values.networks
    shapes = {
        component: {name: tuple(p.shape) for name, p in network.named_parameters()}
        for component, network in networks.items()
    }
    tensors = {
        key: made_when_written(_dtype(values, tensor), tensor.shape, partial(_made, values, tensor))
        for key, tensor in original_tensors(place.family, shapes).items()
    }
    with new_file(out) as temporary:
        write_raw(temporary, tensors | _marks(place), _spec(place) | dict(metadata))


def _dtype(values: LiveValues, tensor: OriginalTensor) -> torch.dtype:
    """Of rows that were stored differently the wider one."""
    network = values.networks[tensor.component]
    found = [values.dtype_of(network.get_parameter(name).dtype) for name in tensor.names]
    dtype = found[0]
    for other in found[1:]:
        dtype = torch.promote_types(dtype, other)
    return dtype


def _made(values: LiveValues, tensor: OriginalTensor) -> torch.Tensor:
    parts = [values.parameter(tensor.component, name) for name in tensor.names]
    whole = torch.cat([part.to(_dtype(values, tensor)) for part in parts])
    return (whole.T if tensor.is_transposed else whole).reshape(tensor.shape)


def _spec(place: SingleFilePlace) -> dict[str, str]:
    """Metadata by modelspec, which tell what the weights do not: what is predicted."""
    is_v = place.prediction == V_PREDICTION
    architecture = _ARCHITECTURES.get(place.family) or _SD2[is_v]
    return {
        "format": "pt",
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.architecture": architecture,
        "modelspec.prediction_type": "v" if is_v else "epsilon",
    }


def _marks(place: SingleFilePlace) -> dict[str, RawTensor]:
    """Empty tensors by which programs know what is predicted."""
    names = ["v_pred"] if place.family == "sdxl" and place.prediction == V_PREDICTION else []
    names += ["ztsnr"] if place.is_zero_snr else []
    return {name: made_when_written(torch.float32, (0,), partial(torch.empty, 0)) for name in names}
