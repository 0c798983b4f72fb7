"""What a safetensors file holds besides adapters, from its header alone: a base checkpoint of which
family, variant, prediction and precision, or what else it is.

Names and shapes decide, metadata only where they cannot. What no rule knows stays "unknown".
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from loraviewer.adapters.files.header import Header, TensorInfo
from loraviewer.adapters.recognition.denoisers import (
    FLOW_FAMILIES,
    VIDEO_FAMILIES,
    Denoiser,
    recognise,
)
from loraviewer.core.families import UNKNOWN
from loraviewer.core.sentences import say

FileKind = Literal[
    "checkpoint",
    "adapter",
    "controlnet",
    "ip-adapter",
    "embedding",
    "vae",
    "text-encoder",
    "video",
    "quantised",
    "unknown",
]

WHAT_IT_IS: Mapping[FileKind, str] = {
    "checkpoint": say("a checkpoint"),
    "adapter": say("an adapter"),
    "controlnet": say("a ControlNet"),
    "ip-adapter": say("an image adapter (IP-Adapter or Redux)"),
    "embedding": say("a textual-inversion embedding"),
    "vae": say("a VAE alone"),
    "text-encoder": say("a text encoder alone"),
    "video": say("a video model"),
    "quantised": say("a network quantised to 4 bits by SVDQuant, for nunchaku"),
    "unknown": say("of a kind that loraviewer does not know"),
}
"""Words for a sentence: “this file is …”."""

EPSILON, V_PREDICTION, FLOW = "epsilon", "v_prediction", "flow"
EDM, EDM_V_PREDICTION = "edm", "edm_v_prediction"

SCALED_FP8, NF4, FP4 = "scaled_fp8", "nf4", "fp4"
SVDQUANT, PACKED, INT8, BLOCK_FP8 = "svdquant", "int4", "int8", "block_fp8"
QUANTISED: Mapping[str, str] = {
    NF4: "NF4",
    FP4: "FP4",
    SVDQUANT: say("4 bits by SVDQuant, for nunchaku"),
    PACKED: say("4 bits (GPTQ or AWQ)"),
    INT8: say("8-bit integers"),
    BLOCK_FP8: say("fp8 by blocks"),
}
"""Precisions whose numbers cannot be read without the library that wrote them, in words."""

OPEN_INSTEAD = say("open a float16, bfloat16 or plain fp8 version")


@dataclass(frozen=True)
class CheckpointFacts:
    """What the header tells. Family and variant are "unknown" where no rule knows them.

    variant: `base`, `inpaint`, `depth`, `instruct-pix2pix`, `upscaler`, `unclip`, `refiner`; of
    SDXL also `ssd-1b`, `vega`, `koala-1b`, `koala-700m`; of SD 3 `medium`, `3.5-medium`,
    `3.5-large`; of Flux.1 `dev`, `schnell`, `fill`, `control`; of Chroma also
    `radiance`; of Qwen-Image also `layered`, `edit` (where that is marked); of Z-Image also `omni`;
    of Flux.2 `klein-4b`, `klein-9b`,
    `dev`. prediction: `epsilon`, `v_prediction`, `flow`, `edm`, `edm_v_prediction`. components:
    diffusers' names. dtype: of most bytes of the denoiser (else of the file) as spelled in the
    file, or `scaled_fp8`, or one of `QUANTISED`; `is_mixed` when the rest of the networks differ
    from it. parameters: without EMA copies and schedules. prefix: what stands before the denoiser's
    names.
    evidence: one line for each thing that decided, the family's first.
    """

    kind: FileKind
    family: str = UNKNOWN
    variant: str = UNKNOWN
    prediction: str = UNKNOWN
    components: tuple[str, ...] = ()
    dtype: str = ""
    parameters: int = 0
    is_mixed: bool = False
    has_ema: bool = False
    is_zero_terminal_snr: bool = False
    is_diffusers_named: bool = False
    prefix: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def is_checkpoint(self) -> bool:
        """A base that renders pictures, whole or its denoiser alone."""
        return self.kind == "checkpoint"


def checkpoint_facts(header: Header) -> CheckpointFacts:
    """Everything a header tells about a file. Never raises; takes milliseconds."""
    kind, evidence = _other_kind(header)
    if kind is not None:
        return _bare_facts(header, kind, evidence)
    prefix, denoiser = _find_denoiser(header)
    if denoiser is None:
        kind, evidence = _lone_network(header)
        return _bare_facts(header, kind, evidence)
    prediction, reason = prediction_of(header, denoiser.family)
    components = _components(header, prefix, denoiser)
    dtype, is_mixed = _precision(header, components)
    return CheckpointFacts(
        kind="video" if denoiser.family in VIDEO_FAMILIES else "checkpoint",
        family=denoiser.family,
        variant=denoiser.variant,
        prediction=prediction,
        components=tuple(sorted(components)),
        dtype=dtype,
        parameters=_parameters(info for tensors in components.values() for info in tensors),
        is_mixed=is_mixed,
        has_ema=_has_ema(header),
        is_zero_terminal_snr="ztsnr" in header.tensors,
        is_diffusers_named=denoiser.is_diffusers,
        prefix=prefix,
        evidence=(f"{prefix}{denoiser.evidence}", *reason),
    )


_EMA_PREFIX = "model_ema."

# What the file is instead

_SVDQUANT = re.compile(r"\.(?:wscales|smooth_factor(?:_orig)?)$")
_ADAPTER = re.compile(
    r"lora_(?:up|down|mid|A|B|magnitude_vector|embedding_A)\b|lora\.(?:up|down)\b"
    r"|_lora\d?\.(?:up|down)\.|\b(?:hada_|lokr_|oft_|boft_|ia3_|vera_lambda|dora_scale)"
    r"|\.(?:diff|diff_b|set_weight|w_norm|b_norm|on_input|a1\.weight|b2\.weight)$"
)
_MARKS: tuple[tuple[FileKind, re.Pattern[str]], ...] = (
    (
        "controlnet",
        re.compile(
            r"(?:^|\.)(?:control_model|controlnet_cond_embedding|controlnet_blocks|input_hint_block"
            r"|controlnet_down_blocks|controlnet_x_embedder|control_all_x_embedder)\."
            r"|^control_layers\.|^adapter\.body\.|^lora_controlnet$"
        ),
    ),
    (
        "ip-adapter",
        re.compile(r"^(?:ip_adapter|image_proj(?:_model)?)\.|\.ip_adapter_|^redux_(?:up|down)\."),
    ),
)
_EMBEDDING_NAMES = frozenset({"emb_params", "clip_l", "clip_g", "t5xxl", "string_to_param"})
_MOST_EMBEDDING_TENSORS = 4


def _other_kind(header: Header) -> tuple[FileKind | None, str]:
    """What is told by its names alone, before any denoiser is looked for."""
    if mark := next(filter(_SVDQUANT.search, header.tensors), None):
        return "quantised", mark  # before the adapters: they are corrected by small factors
    for name in header.tensors:
        if _ADAPTER.search(name):
            return "adapter", name
    for kind, pattern in _MARKS:
        for name in header.tensors:
            if pattern.search(name):
                return kind, name
    if header.tensors and _is_embedding(header.tensors):
        return "embedding", next(iter(header.tensors))
    return None, ""


def _is_embedding(tensors: Mapping[str, TensorInfo]) -> bool:
    if len(tensors) > _MOST_EMBEDDING_TENSORS:
        return False
    is_named = all(n in _EMBEDDING_NAMES or re.fullmatch(r"<[^>]+>", n) for n in tensors)
    return is_named and all(1 <= len(info.shape) <= 2 for info in tensors.values())


_TEXT_ENCODER = re.compile(
    r"(?:^|\.)(?:encoder\.layers\.0\.self_attn\.q_proj|transformer\.resblocks\.0\.attn\."
    r"|(?:encoder\.)?block\.0\.layer\.0\.SelfAttention\.q|layers\.0\.self_attn\.q_proj"
    r"|encoder\.layers\.0\.self_attention\.query_key_value)"
)
_VAE_PREFIXES = ("encoder.", "decoder.", "first_stage_model.", "vae.")
_VAE_EXTRAS = ("quant_conv.", "post_quant_conv.", "conv1.", "conv2.", "bn.", "loss.", _EMA_PREFIX)


def _lone_network(header: Header) -> tuple[FileKind, str]:
    for name in header.tensors:
        if _TEXT_ENCODER.search(name):
            return "text-encoder", name
    mark = next((name for name in header.tensors if name.startswith(_VAE_PREFIXES)), None)
    if mark and all(name.startswith((*_VAE_PREFIXES, *_VAE_EXTRAS)) for name in header.tensors):
        return "vae", mark
    return "unknown", ""


def _bare_facts(header: Header, kind: FileKind, evidence: str) -> CheckpointFacts:
    infos = tuple(header.tensors.values())
    return CheckpointFacts(
        kind=kind,
        dtype=_most_common_dtype(infos),
        parameters=_parameters(infos),
        is_mixed=len(_floats(infos)) > 1,
        evidence=(evidence,) if evidence else (),
    )


# The denoiser and its companions

_DENOISER_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "model.", "net.", "")
_FIRST_CLIP = "conditioner.embedders.0.transformer."
_REFINER_CLIP = "conditioner.embedders.0.model."
_SECOND_CLIP = "conditioner.embedders.1.model."
_LEFTOVER = re.compile(
    r"model_ema\.|denoiser\.|(?:sqrt_|log_)?(?:one_minus_)?(?:betas|alphas_cumprod|posterior_)"
    r"|(?:v_pred|ztsnr|scaled_fp8|logit_scale|global_step|edm_\w+|edm_vpred\.\w+)$"
)
"""Schedules, marks and averages that training or other tools leave in a file."""

_LEAST_EMA_TENSORS = 100


def _find_denoiser(header: Header) -> tuple[str, Denoiser | None]:
    for prefix in _DENOISER_PREFIXES:
        named = {
            name[len(prefix) :]: info
            for name, info in header.tensors.items()
            if name.startswith(prefix)
        }
        if named and (denoiser := recognise(named)) is not None:
            return prefix, denoiser
    return "", None


def _components(
    header: Header, prefix: str, denoiser: Denoiser
) -> dict[str, tuple[TensorInfo, ...]]:
    """Component, as diffusers names it → its tensors."""
    own = "unet" if denoiser.family in _UNET_FAMILIES else "transformer"
    t5 = _T5_COMPONENTS.get(denoiser.family, "text_encoder_2")
    prefixes: dict[str, tuple[str, ...]] = {
        "vae": ("first_stage_model.", "vae."),
        "text_encoder": ("cond_stage_model.", _FIRST_CLIP, "text_encoders.clip_l."),
        "text_encoder_2": (_REFINER_CLIP, _SECOND_CLIP, "text_encoders.clip_g."),
    }
    prefixes[t5] = (*prefixes.get(t5, ()), "text_encoders.t5xxl.")
    found: dict[str, list[TensorInfo]] = {}
    for name, info in header.tensors.items():
        component = next((c for c, starts in prefixes.items() if name.startswith(starts)), None)
        if component is None and name.startswith("text_encoders."):
            component = "text_encoder"
        if component is None and name.startswith(prefix) and not _LEFTOVER.match(name):
            component = own
        if component is not None:
            found.setdefault(component, []).append(info)
    return {component: tuple(infos) for component, infos in found.items()}


_UNET_FAMILIES = frozenset(
    {
        *("sd1", "sd2", "sdxl", "sdxl-refiner", "kolors", "svd", "animatediff", "kandinsky2.2"),
        *("cascade", UNKNOWN),
    }
)
_DENOISERS = ("unet", "transformer")
_T5_COMPONENTS = {"sd3": "text_encoder_3", "chroma": "text_encoder"}
"""Families whose T5 is not the second text encoder."""


def _has_ema(header: Header) -> bool:
    return sum(name.startswith(_EMA_PREFIX) for name in header.tensors) > _LEAST_EMA_TENSORS


# Precision

_QUANTISATION_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (SVDQUANT, _SVDQUANT),
    (PACKED, re.compile(r"\.(?:qweight|qzeros)$")),
    (INT8, re.compile(r"\.SCB$")),
    (BLOCK_FP8, re.compile(r"\.weight_scale_inv$")),
    (NF4, re.compile(r"\.quant_state\.bitsandbytes__nf4$")),
    (FP4, re.compile(r"\.quant_state\.bitsandbytes__fp4$|\.weight_scale_2$")),
    (SCALED_FP8, re.compile(r"(?:^|\.)scaled_fp8$|\.(?:scale_weight|weight_scale)$")),
)
_NUMBERS_IN = {"U8": 2, "I64": 0, "I32": 0}
"""Bytes pack two 4-bit weights; integers are positions and alphas."""

_FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})


def quantisation_of(names: Iterable[str]) -> str:
    """One of `QUANTISED` or `scaled_fp8` by the marks those formats leave; "" for plain numbers."""
    names = tuple(names)
    for quantisation, pattern in _QUANTISATION_MARKS:
        if any(pattern.search(name) for name in names):
            return quantisation
    return ""


def _precision(
    header: Header, components: Mapping[str, tuple[TensorInfo, ...]]
) -> tuple[str, bool]:
    """Of the denoiser, and whether other networks of the file are stored otherwise."""
    denoiser = next(components[name] for name in _DENOISERS if name in components)
    dtype = _most_common_dtype(denoiser)
    others = {_most_common_dtype(infos) for infos in components.values()} - {dtype}
    return quantisation_of(header.tensors) or dtype, bool(others) or len(_floats(denoiser)) > 1


def _most_common_dtype(infos: Iterable[TensorInfo]) -> str:
    sizes: Counter[str] = Counter()
    for info in infos:
        sizes[info.dtype] += info.end - info.begin
    return max(sizes, key=lambda dtype: (sizes[dtype], dtype), default="")


def _floats(infos: Iterable[TensorInfo]) -> set[str]:
    return {info.dtype for info in infos} & _FLOATS


def _parameters(infos: Iterable[TensorInfo]) -> int:
    return sum(math.prod(info.shape) * _NUMBERS_IN.get(info.dtype, 1) for info in infos)


# Prediction

_BY_METADATA = {
    ("modelspec.prediction_type", "v"): V_PREDICTION,
    ("modelspec.prediction_type", "v_prediction"): V_PREDICTION,
    ("modelspec.prediction_type", "epsilon"): EPSILON,
    ("modelspec.architecture", "stable-diffusion-v2-768-v"): V_PREDICTION,
    ("modelspec.architecture", "stable-diffusion-v2-512"): EPSILON,
    ("ss_v_parameterization", "True"): V_PREDICTION,
}
_MARK_TENSORS = (
    ("edm_vpred.sigma_max", EDM_V_PREDICTION),
    ("edm_mean", EDM),
    ("v_pred", V_PREDICTION),
)
_EPSILON_FAMILIES = frozenset({"sd1", "sdxl", "sdxl-refiner", "kolors", "pixart", "kandinsky2.2"})


def prediction_of(header: Header, family: str) -> tuple[str, tuple[str, ...]]:
    """What the denoiser predicts, and what said so (nothing where it is the family's usual).

    "unknown" for SD 2 without marks: both kinds were published under the same names and shapes.
    """
    for name, prediction in _MARK_TENSORS:
        if name in header.tensors:
            return prediction, (say("tensor {name}", name=name),)
    if family in FLOW_FAMILIES:
        return FLOW, ()
    for (key, value), prediction in _BY_METADATA.items():
        if header.metadata.get(key) == value:
            return prediction, (f"{key} = {value}",)
    return (EPSILON if family in _EPSILON_FAMILIES else UNKNOWN), ()
