"""Which names of modules lie in a block, told the other way round as which block a name lies in."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loraviewer.core.block_patterns import module_pattern, text_encoder_of
from loraviewer.core.blocks import block_of, is_block, is_text_block

DATA = Path(__file__).parents[1] / "data"
WORDS = st.sampled_from(
    (
        *("down_blocks", "up_blocks", "mid_block", "conv_in", "conv_out", "conv_norm_out", "clf"),
        *("attentions", "resnets", "downsamplers", "upsamplers", "time_embedding", "layers"),
        *("transformer_blocks", "single_blocks", "blocks", "noise_refiner", "h", "encoder"),
        *("block", "norm", "norm_out", "final_layer_norm", "text_projection", "proj_out"),
        *("embeddings", "0", "2", "11"),
    )
)
UNLIKELY = re.compile(r"(layers|block|h)\.\d+\..*(layers|block|h)\.\d|(down|up)_blocks(?!\.\d+\.)")
NAMES = st.lists(WORDS, min_size=1, max_size=6).map(".".join)
COMPONENTS = st.sampled_from(["unet", "transformer", "text_encoder", "text_encoder_2"])


def assert_only_its_own(places: dict[str, str]) -> None:
    """places: module → block, of one component."""
    for block in set(places.values()):
        pattern = re.compile(module_pattern(block))
        found = {module for module in places if pattern.match(f"{module}.")}
        assert found == {module for module, its in places.items() if its == block}, block


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl", "sdxl-refiner"])
def test_every_module_of_a_unet_is_matched_by_its_block_alone(family):
    text = gzip.decompress((DATA / f"single_file_{family}.json.gz").read_bytes())
    names = json.loads(text)["unet"].values()
    assert_only_its_own({name.rpartition(".")[0]: block_of("unet", name) for name in names})


@given(COMPONENTS, st.lists(NAMES, min_size=1, max_size=8))
@example("unet", ["clf.2", "clf", "down_blocks.2.11.attentions.2", "down_blocks.0.resnets.2"])
@example("text_encoder", ["layers.2.mlp.0", "h.0.layers", "final_layer_norm", "norm.0"])
def test_any_name_is_matched_by_its_block_alone(component, names):
    """But for names with a list within a list, or a level without a number, which none has."""
    known = [name for name in names if not UNLIKELY.search(name)]
    places = {name: block_of(component, f"{name}.weight") for name in known}
    assert_only_its_own({name: block for name, block in places.items() if is_block(block)})
    for block in places.values():
        if is_block(block) and is_text_block(block):
            assert text_encoder_of(block) == component


@pytest.mark.parametrize("name", ["X03", "IN_THE_MIDDLE"])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match="is no block"):
        module_pattern(name)
