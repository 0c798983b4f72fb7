"""Estimates of what a step takes, against a counter of live tensors over the published networks on
the meta device, transformers with a few of their blocks: nothing is computed."""

import json
import weakref
from typing import Any

import diffusers
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from transformers.initialization import no_init_weights

from loraviewer.adapters.inspection.network_shapes import denoiser_shape
from loraviewer.core.placement.activations import Size, decoding, step_bytes
from loraviewer.core.resources import family_config
from tests.core.placement.bases import BASES

_META: dict[str, Any] = {"device": "meta", "dtype": torch.float16}
_DEPTHS = ("num_layers", "num_single_layers", "n_layers")
_BLOCKS = 4
"""Of each kind in a transformer: all are alike, and one frees what it took before the next begins,
so that whole networks give the same peak, half a percent more for Chroma's modulations."""


class LivePeak(TorchDispatchMode):
    """Bytes of tensors that are alive at once, at most, without those of a network's own."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        own = (*network.parameters(), *network.buffers())
        self._known = {tensor.untyped_storage()._cdata for tensor in own}
        self._now = 0
        self.peak = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for value in tree_iter(made):
            if isinstance(value, torch.Tensor):
                self._see(value.untyped_storage())
        return made

    def _see(self, storage: torch.UntypedStorage) -> None:
        name, size = storage._cdata, storage.nbytes()
        if name in self._known:
            return
        self._known.add(name)
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._forget, name, size)

    def _forget(self, name: int, size: int) -> None:
        self._known.discard(name)
        self._now -= size


@pytest.fixture(autouse=True)
def attention_without_scores(monkeypatch):
    """As its kernels on a card compute it."""

    def attention(query, key, value, *args, **kwargs):
        return torch.empty_like(query)

    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", attention)


def network(network_class: Any, config: str, part: str) -> Any:
    settings = json.loads((family_config(config) / part / "config.json").read_text())
    settings |= {name: min(settings[name], _BLOCKS) for name in _DEPTHS if name in settings}
    with torch.device("meta"), no_init_weights():  # without it most of the time goes into drawing
        return network_class.from_config(settings).half().eval()


def peak(of: nn.Module, call: Any) -> int:
    counter = LivePeak(of)
    with torch.no_grad(), counter:
        call()
    return counter.peak


def unet_call(unet: Any, px: int) -> Any:
    latents = torch.empty(2, 4, px // 8, px // 8, **_META)
    prompt = torch.empty(2, 77, unet.config.cross_attention_dim, **_META)
    also = {
        "text_embeds": torch.empty(2, 1280, **_META),
        "time_ids": torch.empty(2, 6, **_META),
    }
    return lambda: unet(latents, 1, prompt, added_cond_kwargs=also)


def flux_call(transformer: Any, px: int) -> Any:
    tokens = (px // 16) ** 2
    return lambda: transformer(
        hidden_states=torch.empty(1, tokens, 64, **_META),
        encoder_hidden_states=torch.empty(1, 512, 4096, **_META),
        pooled_projections=torch.empty(1, 768, **_META),
        timestep=torch.ones(1, device="meta"),
        img_ids=torch.empty(tokens, 3, **_META),
        txt_ids=torch.empty(512, 3, **_META),
        guidance=torch.ones(1, device="meta"),
    )


def sd3_call(transformer: Any, px: int) -> Any:
    return lambda: transformer(
        hidden_states=torch.empty(2, 16, px // 8, px // 8, **_META),
        encoder_hidden_states=torch.empty(2, 333, 4096, **_META),
        pooled_projections=torch.empty(2, 2048, **_META),
        timestep=torch.ones(2, device="meta"),
    )


CASES = {
    "sd1": (diffusers.UNet2DConditionModel, "sd1", "unet", unet_call),
    "sdxl": (diffusers.UNet2DConditionModel, "sdxl", "unet", unet_call),
    "flux": (diffusers.FluxTransformer2DModel, "flux1-dev", "transformer", flux_call),
    "sd3.5-large": (diffusers.SD3Transformer2DModel, "sd3.5-large", "transformer", sd3_call),
}


@pytest.mark.parametrize("base", CASES)
def test_a_step_takes_about_what_is_estimated(base: str) -> None:
    network_class, config, part, call = CASES[base]
    denoiser, shape = network(network_class, config, part), BASES[base]
    for px in (512, 1024):
        counted = peak(denoiser, call(denoiser, px))
        estimated = step_bytes(shape.denoiser, Size(px, px), shape.pictures, "float16")
        assert 0.75 * estimated <= counted <= 1.05 * estimated, (px, counted, estimated)


def chroma_call(transformer: Any, px: int) -> Any:
    tokens = (px // 16) ** 2
    return lambda: transformer(
        hidden_states=torch.empty(1, tokens, 64, **_META),
        encoder_hidden_states=torch.empty(1, 512, 4096, **_META),
        timestep=torch.ones(1, device="meta"),
        img_ids=torch.empty(tokens, 3, **_META),
        txt_ids=torch.empty(512, 3, **_META),
        attention_mask=torch.ones(1, 512 + tokens, device="meta", dtype=torch.bool),
    )


def qwen_call(transformer: Any, px: int) -> Any:
    return lambda: transformer(
        hidden_states=torch.empty(1, (px // 16) ** 2, 64, **_META),
        encoder_hidden_states=torch.empty(1, 512, 3584, **_META),
        timestep=torch.ones(1, **_META),
        img_shapes=[[(1, px // 16, px // 16)]],
    )


def z_image_call(transformer: Any, px: int) -> Any:
    return lambda: transformer(
        [torch.empty(16, 1, px // 8, px // 8, **_META)],
        torch.ones(1, device="meta"),
        [torch.empty(512, 2560, **_META)],
    )


def lumina2_call(transformer: Any, px: int) -> Any:
    return lambda: transformer(
        hidden_states=torch.empty(1, 16, px // 8, px // 8, **_META),
        timestep=torch.ones(1, device="meta"),
        encoder_hidden_states=torch.empty(1, 256, 2304, **_META),
        encoder_attention_mask=torch.ones(1, 256, dtype=torch.bool),
    )


NEWER = {
    "z-image": (diffusers.ZImageTransformer2DModel, "z-image-turbo", z_image_call),
    "qwen-image": (diffusers.QwenImageTransformer2DModel, "qwen-image", qwen_call),
    "chroma": (diffusers.ChromaTransformer2DModel, "chroma1", chroma_call),
    "lumina2": (diffusers.Lumina2Transformer2DModel, "lumina2", lumina2_call),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("family", NEWER)
def test_a_step_of_newer_families_by_their_bundled_settings(family: str) -> None:
    network_class, config, call = NEWER[family]
    settings = json.loads((family_config(config) / "transformer" / "config.json").read_text())
    denoiser, shape = (
        network(network_class, config, "transformer"),
        denoiser_shape(settings, family),
    )
    counted = peak(denoiser, call(denoiser, 1024))
    estimated = step_bytes(shape, Size(1024, 1024), 1, "float16")
    assert 0.75 * estimated <= counted <= 1.05 * estimated, (counted, estimated)


@pytest.mark.parametrize("config", ["sd1", "flux1-dev"])
def test_decoding_takes_no_more_than_is_estimated(config: str) -> None:
    vae = network(diffusers.AutoencoderKL, config, "vae")
    channels = vae.config.latent_channels
    latents = torch.empty(1, channels, 64, 64, **_META)
    counted = peak(vae, lambda: vae.decode(latents))
    shape = BASES["flux"].vae
    estimated = decoding(shape, Size(512, 512), "bfloat16", 10**12).bytes
    assert 0.7 * estimated <= counted <= estimated
