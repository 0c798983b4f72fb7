"""How many numbers of which sort a component has, from the headers of its files."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS
from loraviewer.adapters.files.header import BITS_OF_DTYPE, FLOAT_DTYPES
from loraviewer.adapters.files.header_json import TensorInfo
from loraviewer.adapters.files.scaled_fp8 import LEFTOVERS, scale_name
from loraviewer.adapters.originals.folder import StoredPlace
from loraviewer.core.placement.blocks import streamed_block
from loraviewer.core.placement.weights import Component, ComponentKind, Weights

_DENOISERS = ("unet", "transformer", "prior")
_WIDE = re.compile(r"\.wo\.weight$")
"""What T5 keeps in float32 where it is computed in float16."""


def kind_of(name: str) -> ComponentKind:
    """Of a component, as diffusers names it."""
    if name in _DENOISERS:
        return "denoiser"
    if name.startswith("text_encoder"):
        return "text_encoder"
    return "VAE" if name == "vae" else "other"


def component_of(name: str, places: Mapping[str, StoredPlace]) -> Component:
    """places: where each parameter lies. One that has two names is counted once."""
    kind = kind_of(name)
    once = {_spot(place): (own, place) for own, place in places.items() if _counts(own, place)}
    blocks: dict[str, Weights] = defaultdict(Weights)
    rereadable, largest_packed, formats = 0, 0, Counter[str]()
    for own, place in once.values():
        counted = _weights_of(own, place, kind)
        blocks[streamed_block(own)] += counted
        rereadable += 0 if counted.packed or _is_scaled(place) else counted.plain
        largest_packed = max(largest_packed, counted.packed)
        formats[_info(place).dtype] += _stored_bytes(place)
    return Component(
        name=name,
        kind=kind,
        weights=_sum(blocks.values()),
        stored_bytes=formats.total(),
        stored_as=max(formats, key=lambda dtype: (formats[dtype], dtype), default=""),
        rereadable=rereadable,
        outside_blocks=blocks.pop("", Weights()),
        largest_block=max(blocks.values(), key=_size, default=Weights()),
        largest_packed=largest_packed,
    )


def _sum(weights: Iterable[Weights]) -> Weights:
    return sum(weights, start=Weights())


def _size(weights: Weights) -> int:
    return weights.bytes_in("bfloat16")


def _spot(place: StoredPlace) -> tuple[str, str, tuple[int, int] | None]:
    return str(place.path), place.stored.key, place.stored.rows


def _info(place: StoredPlace) -> TensorInfo:
    return place.header.tensors[place.stored.key]


def _counts(name: str, place: StoredPlace) -> bool:
    dtype = _info(place).dtype
    is_number = dtype in FLOAT_DTYPES or dtype in BLOCK_FORMATS
    return is_number and not name.endswith(LEFTOVERS) and not name.endswith("position_ids")


def _is_scaled(place: StoredPlace) -> bool:
    return scale_name(place.header, place.stored.key) is not None


def _weights_of(name: str, place: StoredPlace, kind: ComponentKind) -> Weights:
    numbers = math.prod(place.stored.shape)
    if _stays_packed(name, place):
        return Weights(packed=numbers, packed_bytes=_stored_bytes(place))
    is_wide = kind == "text_encoder" and _WIDE.search(name) is not None
    return Weights(plain=numbers, wide=numbers if is_wide else 0)


def _stays_packed(name: str, place: StoredPlace) -> bool:
    """Of linear layers, where rows are whole blocks and none is turned; all else becomes numbers
    when it loads."""
    form, shape = BLOCK_FORMATS.get(_info(place).dtype), place.stored.shape
    if form is None or len(shape) != 2 or not name.endswith(".weight"):
        return False
    return shape[-1] % form.weights == 0 and not place.stored.is_transposed


def _stored_bytes(place: StoredPlace) -> int:
    numbers, dtype = math.prod(place.stored.shape), _info(place).dtype
    if form := BLOCK_FORMATS.get(dtype):
        return numbers // form.weights * form.size_bytes
    return numbers * BITS_OF_DTYPE[dtype] // 8
