"""Every spelling of every family of names finds its module on bases of the published size."""

import re
import subprocess
import sys

import pytest

from loraviewer.adapters.groups import split_name
from loraviewer.adapters.naming.base import Network, Place, canonical_path
from loraviewer.adapters.naming.registry import CONVENTIONS
from loraviewer.adapters.targets import TargetIndex
from tests.adapters.builders import tiny_components
from tests.adapters.naming.names import DENOISER_PREFIXES, only, spelled
from tests.adapters.real_bases import BASES, index_of, shapes_of

pytestmark = pytest.mark.sampled(3)


@pytest.mark.parametrize("base", BASES)
def test_every_spelling_of_every_module_means_it(base):
    """No name is lost to another module's: the oracle is the list of spellings itself."""
    index = index_of(base)
    networks = {name: Network.of(name, shapes) for name, shapes in shapes_of(base).items()}
    for target in index.targets:
        place = Place(networks[target.component], canonical_path(*target.key))
        for convention in CONVENTIONS:
            for spelling in convention.spellings(place):
                meant = index.find(spelling.name)
                assert target in [landing.target for landing in meant], spelling.name
                assert (spelling.part is None) == (len(meant) == 1)


@pytest.mark.parametrize("prefix", DENOISER_PREFIXES)
@pytest.mark.parametrize(
    "base", ["flux1", "flux2", "sd3-medium", "qwen-image", "z-image", "krea2", "anima"]
)
def test_diffusers_names_of_a_transformer_behind_every_prefix(base, prefix):
    targets = [t for t in index_of(base).targets if t.component == "transformer"]
    for target in targets[:: max(1, len(targets) // 60)]:
        assert only(base, spelled(prefix, target.path)) == target.key


def test_names_of_a_base_that_has_only_its_own():
    shapes = {"blocks.0.mixer.w": (4, 4), "blocks.0.mixer.in_proj.weight": (8, 4)}
    index = TargetIndex.of_shapes({"transformer": shapes})
    (target,) = index.targets
    for prefix in DENOISER_PREFIXES:
        (landing,) = index.find(spelled(prefix, "blocks.0.mixer.in_proj"))
        assert landing.target == target
    assert index.find("blocks.0.mixer") == ()


def test_an_index_needs_no_torch():
    code = (
        "import sys; from loraviewer.adapters.targets import TargetIndex;"
        "index = TargetIndex.of_shapes({'unet': {'conv_in.weight': (4, 4, 3, 3)}});"
        "assert index.find('lora_unet_conv_in'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_mean_nothing():
    for key in ("", "garbage", "lora_unet_", "unet.", "transformer_blocks.99.attn.to_q"):
        assert index_of("flux1").find(key) == ()


@pytest.mark.parametrize(
    ("name", "key", "path"),
    [
        (
            "unet.down_blocks.1.attentions.0.proj_in.lora_A.weight",
            "unet.down_blocks.1.attentions.0.proj_in",
            "down_blocks.1.attentions.0.proj_in",
        ),
        (
            "base_model.model.mid_block.attentions.0.proj_in.lora_B.default.weight",
            "base_model.model.mid_block.attentions.0.proj_in",
            "mid_block.attentions.0.proj_in",
        ),
        (
            "unet.base_model.model.conv_in.lora_A.style.weight",
            "unet.base_model.model.conv_in",
            "conv_in",
        ),
        (
            "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora.up.weight",
            "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        ),
        (
            "diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.lora_A.weight",
            "diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
        ),
        (
            "lycoris_mid_block_resnets_0_time_emb_proj.lora_mid.weight",
            "lycoris_mid_block_resnets_0_time_emb_proj",
            "mid_block.resnets.0.time_emb_proj",
        ),
        (
            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj"
            ".lora_linear_layer.down.weight",
            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj",
            "encoder.layers.0.self_attn.q_proj",
        ),
    ],
)
def test_whole_tensor_names(name, key, path):
    assert split_name(name)[0] == key
    (landing,) = TargetIndex.of(tiny_components()).find(key)
    assert re.sub(r"^text_model\.", "", landing.target.path) == path
