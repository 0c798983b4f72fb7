"""Features by the base's networks: toys whose answers are known, and diffusers' own, tiny."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn
from torch.nn import functional as F  # noqa: N812

from loraviewer.lab.images.base_features import LatentFeatures, MiddleFeatures
from loraviewer.lab.images.measures import SeedPictures
from loraviewer.lab.images.registry import measures
from tests.lab.images.fields import coloured_noise, pattern, plain

PICTURES = np.stack([pattern(32, 32, shift) for shift in range(11)])


class Shrinker(nn.Module):
    """An “autoencoder” that keeps the means of 4 × 4 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))
        self.config = SimpleNamespace(scaling_factor=2.0, shift_factor=0.5)

    def encode(self, batch: torch.Tensor) -> SimpleNamespace:
        means = F.avg_pool2d(batch * self.one, 4)
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: means))


class Passing(nn.Module):
    """A “UNet” whose middle block hands on what it gets; it notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))
        self.mid_block = nn.Identity()
        self.asked: list[tuple[int, tuple[int, ...]]] = []

    def forward(self, sample, timestep, encoder_hidden_states):
        self.asked.append((timestep, tuple(encoder_hidden_states.shape)))
        return -self.mid_block(sample)


@pytest.fixture
def tiny_vae() -> AutoencoderKL:
    torch.manual_seed(0)
    vae = AutoencoderKL(latent_channels=4, norm_num_groups=4, block_out_channels=(8,))
    return vae.eval()


@pytest.fixture
def tiny_unet() -> UNet2DConditionModel:
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=16, block_out_channels=(8, 8), layers_per_block=1, cross_attention_dim=12,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), norm_num_groups=4,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=4,
    ).eval()  # fmt: skip


def test_latents_are_in_the_units_that_the_denoiser_sees():
    white, black = plain(255, 255, 255), plain(0, 0, 0)
    found = LatentFeatures(Shrinker())(np.stack([white, black]))
    assert found.shape == (2, 3, 8, 8)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx((1 - 0.5) * 2)
    assert found[1] == pytest.approx((-1 - 0.5) * 2)


def test_a_real_autoencoder_sees_each_picture_alone_as_among_others(tiny_vae):
    features = LatentFeatures(tiny_vae)
    together = features(PICTURES)
    assert together.shape == (11, 4, 32, 32)
    assert features(PICTURES[9:10])[0] == pytest.approx(together[9], abs=1e-5)
    mode = tiny_vae.encode(torch.from_numpy(PICTURES[:1]).permute(0, 3, 1, 2) / 127.5 - 1)
    expected = mode.latent_dist.mean[0].detach().numpy() * tiny_vae.config.scaling_factor
    assert together[0] == pytest.approx(expected, abs=1e-5)


def test_the_middle_hears_the_noisy_latents_with_one_noise_for_all():
    shrinker, passing = Shrinker(), Passing()
    words = torch.zeros(1, 5, 7)
    middle = MiddleFeatures(LatentFeatures(shrinker), passing, words, kept=0.64, timestep=99)
    clean, noisy = LatentFeatures(shrinker)(PICTURES), middle(PICTURES)
    noise = (noisy - 0.8 * clean) / 0.6
    assert noise == pytest.approx(np.broadcast_to(noise[:1], noise.shape), abs=1e-5)
    assert abs(noise[0].std() - 1) < 0.2
    assert passing.asked == [(99, (8, 5, 7)), (99, (3, 5, 7))]


def test_a_real_unet_is_listened_to_and_left_as_it_was(tiny_vae, tiny_unet):
    words = torch.randn(1, 6, 12)
    middle = MiddleFeatures(LatentFeatures(tiny_vae), tiny_unet, words, kept=0.7)
    found = middle(np.concatenate([PICTURES[:9], PICTURES[:1]]))
    assert found.shape == (10, 8, 16, 16)
    assert found[9] == pytest.approx(found[0], abs=1e-5)
    assert np.abs(found[1] - found[0]).max() > 1e-3
    assert not tiny_unet.mid_block._forward_hooks


def test_the_middle_is_left_as_it_was_also_where_the_network_fails(tiny_vae, tiny_unet):
    words = torch.randn(1, 6, 13)  # too wide
    with pytest.raises(RuntimeError):
        MiddleFeatures(LatentFeatures(tiny_vae), tiny_unet, words, kept=0.7)(PICTURES[:1])
    assert not tiny_unet.mid_block._forward_hooks


def test_half_precision_networks_give_ordinary_numbers(tiny_vae):
    found = LatentFeatures(tiny_vae.to(torch.bfloat16))(PICTURES[:2])
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_they_are_measures_of_their_own(tiny_vae):
    known = measures(features={"latents": LatentFeatures(tiny_vae)})
    noisy = np.stack([coloured_noise(40, 32, seed) for seed in range(3)])
    shown = SeedPictures(noisy, PICTURES[:3])
    for name in ("drift-latents", "vendi-latents", "pairwise-latents"):
        assert np.isfinite(known[name].values(shown)).all()
    assert known["drift-latents"].values(SeedPictures(noisy, noisy)) == pytest.approx(0, abs=1e-9)
