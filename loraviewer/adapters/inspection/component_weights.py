"""How many numbers of which sort a component has, from the headers of its files."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from loraviewer.adapters.files.bitsandbytes import PACKED_DTYPES, kept_beside
from loraviewer.adapters.files.gguf_formats import BLOCK_FORMATS
from loraviewer.adapters.files.header import BITS_OF_DTYPE, FLOAT_DTYPES
from loraviewer.adapters.files.header_json import TensorInfo
from loraviewer.adapters.files.scaled_fp8 import FP8_DTYPES, LEFTOVERS, scale_name
from loraviewer.adapters.originals.folder import StoredPlace
from loraviewer.core.placement.blocks import streamed_block
from loraviewer.core.placement.weights import Component, ComponentKind, Weights

_DENOISERS = ("unet", "transformer", "prior")
_FLOAT32_BYTES = 4
_WIDE = re.compile(r"\.wo\.weight$")
"""What T5 keeps in float32 where it is computed in float16."""


def kind_of(name: str) -> ComponentKind:
    """Of a component, as diffusers names it."""
    if name in _DENOISERS:
        return "denoiser"
    if name.startswith("text_encoder"):
        return "text_encoder"
    return "VAE" if name == "vae" else "other"


def component_of(name: str, places: Mapping[str, StoredPlace], packs: bool = False) -> Component:
    """places: where each parameter lies. One that has two names is counted once. packs: whether a
    denoiser stays as small as its file keeps it; what GGUF files hold does so always."""
    kind = kind_of(name)
    packs = packs and kind == "denoiser"
    once = {_spot(place): (own, place) for own, place in places.items() if _counts(own, place)}
    blocks: dict[str, Weights] = defaultdict(Weights)
    rereadable, packable, largest_packed = 0, 0, 0
    formats, packed_formats = Counter[str](), Counter[str]()
    for own, place in once.values():
        counted = _weights_of(own, place, kind, packs)
        blocks[streamed_block(own)] += counted
        rereadable += 0 if counted.packed or _is_scaled(place) else counted.plain
        if kind == "denoiser" and _can_pack(own, place):
            packable += counted.plain
            packed_formats[_info(place).dtype] += _stored_bytes(place)
        largest_packed = max(largest_packed, counted.packed)
        formats[_info(place).dtype] += _stored_bytes(place)
    return Component(
        name=name,
        kind=kind,
        weights=_sum(blocks.values()),
        stored_bytes=formats.total(),
        stored_as=_most(formats),
        rereadable=rereadable,
        outside_blocks=blocks.pop("", Weights()),
        largest_block=max(blocks.values(), key=_size, default=Weights()),
        largest_packed=largest_packed,
        packable=packable,
        packs_as=_most(packed_formats),
    )


def _most(formats: Counter[str]) -> str:
    return max(formats, key=lambda dtype: (formats[dtype], dtype), default="")


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
    is_number = dtype in FLOAT_DTYPES or dtype in BLOCK_FORMATS or dtype in PACKED_DTYPES
    return is_number and not name.endswith(LEFTOVERS) and not name.endswith("position_ids")


def _is_scaled(place: StoredPlace) -> bool:
    is_packed = _info(place).dtype in PACKED_DTYPES
    return is_packed or scale_name(place.header, place.stored.key) is not None


def _weights_of(name: str, place: StoredPlace, kind: ComponentKind, packs: bool) -> Weights:
    numbers = math.prod(place.stored.shape)
    if _stays_packed(name, place) or (packs and _can_pack(name, place)):
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


def _can_pack(name: str, place: StoredPlace) -> bool:
    """Of linear layers and convolutions whose rows lie as the network has them."""
    stored, dtype = place.stored, _info(place).dtype
    is_weight = name.endswith(".weight") and len(stored.shape) > 1
    is_turned = stored.is_transposed or stored.is_half_swapped
    return is_weight and not is_turned and (dtype in FP8_DTYPES or dtype in PACKED_DTYPES)


def _stored_bytes(place: StoredPlace) -> int:
    """With the scales of it."""
    numbers, info = math.prod(place.stored.shape), _info(place)
    if form := BLOCK_FORMATS.get(info.dtype):
        return numbers // form.weights * form.size_bytes
    whole = math.prod(info.shape) or 1
    if info.dtype in PACKED_DTYPES or info.dtype in FP8_DTYPES:
        return (info.end - info.begin + _scale_bytes(place)) * numbers // whole
    return numbers * BITS_OF_DTYPE[info.dtype] // 8


def _scale_bytes(place: StoredPlace) -> int:
    """Of the tensors beside a packed weight, as they are kept in memory."""
    key = place.stored.key
    if scale := scale_name(place.header, key):
        return _FLOAT32_BYTES * math.prod(place.header.tensors[scale].shape)
    if _info(place).dtype not in PACKED_DTYPES:
        return 0
    return kept_beside(place.header, key)
