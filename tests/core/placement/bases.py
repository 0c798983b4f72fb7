"""Bases as their authors published them, by counts of numbers alone."""

import msgspec

from loraviewer.core.placement.activations import (
    Size,
    TextShape,
    TransformerShape,
    UnetShape,
    VaeShape,
)
from loraviewer.core.placement.plan import Base
from loraviewer.core.placement.weights import Component, ComponentKind, Weights

CLIP_L, CLIP_L_PROJECTED, CLIP_G, T5 = 123_060_480, 123_650_304, 694_659_840, 4_762_310_656
SD_VAE, FLOW_VAE = 83_653_863, 83_819_683
SD1_UNET, SDXL_UNET = 859_520_964, 2_567_463_684
SD35_LARGE, FLUX_DEV = 8_056_627_520, 11_901_408_320
FLUX_OUTSIDE, FLUX_BLOCK = 64_124_992, 339_831_296
SD35_OUTSIDE, SD35_BLOCK = 39_554_112, 212_999_680
SDXL_OUTSIDE, SDXL_BLOCK = 7_320_004, 1_206_568_960
SD1_OUTSIDE, SD1_BLOCK = 2_074_564, 258_330_880
"""Of denoisers: what lies in no block, and the largest block."""
CLIP_L_PARTS, CLIP_L_PROJECTED_PARTS = (38_006_016, 7_087_872), (38_595_840, 7_087_872)
CLIP_G_PARTS, T5_PARTS = (64_981_760, 19_677_440), (131_600_384, 192_948_224)
"""The same of text encoders."""

Q4_K, Q8_0, FP8 = (144, 256), (34, 32), (1, 1)
"""Bytes for so many numbers."""

GB = 10**9


def part(
    name: str, kind: ComponentKind, numbers: int, outside: int = 0, block: int = 0
) -> Component:
    return Component(
        name=name,
        kind=kind,
        weights=Weights(plain=numbers),
        stored_bytes=2 * numbers,
        stored_as="F16",
        rereadable=numbers,
        outside_blocks=Weights(plain=outside or numbers),
        largest_block=Weights(plain=block),
    )


def sd1() -> Base:
    parts = (
        part("unet", "denoiser", SD1_UNET, SD1_OUTSIDE, SD1_BLOCK),
        part("text_encoder", "text_encoder", CLIP_L, *CLIP_L_PARTS),
        part("vae", "VAE", SD_VAE),
    )
    unet = UnetShape(
        channels=(320, 640, 1280, 1280), has_attention=(True, True, True, False), layers=2
    )
    return Base(
        name="sd1",
        family="sd1",
        components=parts,
        is_classic=True,
        denoiser=unet,
        texts=(TextShape(tokens=77, width=768, inner=3072, heads=12),),
        vae=VaeShape(channels=256, parameters=SD_VAE, is_upcast=False, takes_tiles=True),
        size=Size(512, 512),
    )


def sdxl() -> Base:
    parts = (
        part("unet", "denoiser", SDXL_UNET, SDXL_OUTSIDE, SDXL_BLOCK),
        part("text_encoder", "text_encoder", CLIP_L, *CLIP_L_PARTS),
        part("text_encoder_2", "text_encoder", CLIP_G, *CLIP_G_PARTS),
        part("vae", "VAE", SD_VAE),
    )
    unet = UnetShape(channels=(320, 640, 1280), has_attention=(False, True, True), layers=2)
    return Base(
        name="sdxl",
        family="sdxl",
        components=parts,
        is_classic=True,
        denoiser=unet,
        texts=(TextShape(tokens=77, width=1280, inner=5120, heads=20),),
        vae=VaeShape(channels=256, parameters=SD_VAE, is_upcast=True, takes_tiles=True),
    )


_T5_TEXT = TextShape(tokens=512, width=4096, inner=10240, heads=64)
_FLOW_VAE_SHAPE = VaeShape(channels=256, parameters=FLOW_VAE, is_upcast=False, takes_tiles=False)


def sd35_large() -> Base:
    parts = (
        part("transformer", "denoiser", SD35_LARGE, SD35_OUTSIDE, SD35_BLOCK),
        part("text_encoder", "text_encoder", CLIP_L_PROJECTED, *CLIP_L_PROJECTED_PARTS),
        part("text_encoder_2", "text_encoder", CLIP_G, *CLIP_G_PARTS),
        part("text_encoder_3", "text_encoder", T5, *T5_PARTS),
        part("vae", "VAE", FLOW_VAE),
    )
    shape = TransformerShape(width=2432, token_px=16, text_tokens=333, build="joint")
    return Base(
        name="sd3.5-large",
        family="sd3",
        components=parts,
        denoiser=shape,
        texts=(_T5_TEXT,),
        vae=_FLOW_VAE_SHAPE,
        steps=28,
    )


def packed(
    stored_as: str, packing: tuple[int, int], counts: tuple[int, int, int], largest: int
) -> Component:
    """A denoiser whose weights stay as their file has them. packing: bytes for so many numbers;
    counts: of all numbers, those outside of blocks and in the largest block."""
    size, numbers = packing
    whole, outside, block = (
        Weights(packed=count, packed_bytes=count * size // numbers) for count in counts
    )
    return Component(
        name="transformer",
        kind="denoiser",
        weights=whole,
        stored_bytes=whole.packed_bytes,
        stored_as=stored_as,
        outside_blocks=outside,
        largest_block=block,
        largest_packed=largest,
    )


def with_packed(base: Base, stored_as: str, packing: tuple[int, int]) -> Base:
    """SD 3.5 or Flux with such a denoiser."""
    _, *others = base.components
    counts = {
        "sd3": (SD35_LARGE, SD35_OUTSIDE, SD35_BLOCK),
        "flux1": (FLUX_DEV, FLUX_OUTSIDE, FLUX_BLOCK),
    }[base.family]
    denoiser = packed(stored_as, packing, counts, 3072 * 5 * 3072)
    return msgspec.structs.replace(base, components=(denoiser, *others))


def flux() -> Base:
    parts = (
        part("transformer", "denoiser", FLUX_DEV, FLUX_OUTSIDE, FLUX_BLOCK),
        part("text_encoder", "text_encoder", CLIP_L, *CLIP_L_PARTS),
        part("text_encoder_2", "text_encoder", T5, *T5_PARTS),
        part("vae", "VAE", FLOW_VAE),
    )
    shape = TransformerShape(width=3072, token_px=16, text_tokens=512, build="single")
    return Base(
        name="flux1-dev",
        family="flux1",
        components=parts,
        denoiser=shape,
        texts=(_T5_TEXT,),
        vae=_FLOW_VAE_SHAPE,
        steps=28,
        pictures=1,
    )


BASES = {
    "sd1": sd1(),
    "sdxl": sdxl(),
    "sd3.5-large": sd35_large(),
    "flux": flux(),
    "flux-q4": with_packed(flux(), "Q4_K", Q4_K),
    "flux-q8": with_packed(flux(), "Q8_0", Q8_0),
    "flux-fp8": with_packed(flux(), "F8_E4M3", FP8),
    "sd3.5-q8": with_packed(sd35_large(), "Q8_0", Q8_0),
    "sd3.5-fp8": with_packed(sd35_large(), "F8_E4M3", FP8),
}
