"""Strengths in single blocks of the demo: pictures, embeddings and what is baked."""

import msgspec
import pytest
from safetensors.torch import load_file

from loraviewer.core.blocks import block_of, block_scales, is_text_block
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO, checkpoint_path, demo_adapters
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.baking import bake_checkpoint, open_workbench
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.conftest import applied, silent

FIRST = applied(demo_adapters()[0], 0.8)


def with_blocks(factors: dict[str, float], scale: float = 0.8) -> AppliedAdapter:
    return msgspec.structs.replace(
        FIRST, scale=scale, text_scale=scale, block_scales=block_scales(factors)
    )


def studio(**options) -> StudioEngine:
    engine = StudioEngine("cpu", "float32", **options)
    engine.load_checkpoint(DEMO, CancelToken(), silent)
    return engine


def picture(engine: StudioEngine, *stack: AppliedAdapter):
    request = GenerationRequest(
        checkpoint=CheckpointRef(DEMO),
        adapters=stack,
        sampling=Sampling(prompt="a girl in a meadow", steps=2, width=64, height=64),
    )
    return engine.render(request, CancelToken(), lambda progress: None)


@pytest.fixture(scope="module")
def bench():
    return open_workbench(DEMO, (FIRST,), CancelToken(), silent)


@pytest.fixture(scope="module")
def blocks(bench):
    """Of all that the adapter changes."""
    return sorted({block_of(*key) for key in bench.adapters[FIRST.sha256].weights})


def test_the_demo_has_levels_of_its_own(blocks):
    denoising = [block for block in blocks if not is_text_block(block)]
    assert {"M00"} < set(denoising)
    assert {block[:2] for block in denoising} >= {"IN", "OU", "M0"}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mode", ["merged", "unmerged"])
def test_all_blocks_at_half_give_the_picture_of_the_half(blocks, mode):
    whole = picture(studio(merge_mode=mode), with_blocks({}, 0.4))
    parts = picture(studio(merge_mode=mode), with_blocks(dict.fromkeys(blocks, 0.5)))
    assert parts.picture == whole.picture
    assert parts.fingerprint == whole.fingerprint
    assert parts.request.sha256() != whole.request.sha256()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mode", ["merged", "unmerged"])
def test_no_picture_is_left_from_before_a_block_was_painted(blocks, mode):
    """Embeddings among it: the last stack differs in text encoders alone."""
    texts = dict.fromkeys(filter(is_text_block, blocks), 0.0)
    others = dict.fromkeys((b for b in blocks if not is_text_block(b)), 0.25)
    engine = studio(merge_mode=mode)
    for factors in ({}, others, others | texts):
        painted = picture(engine, with_blocks(factors))
        fresh = picture(studio(merge_mode=mode), with_blocks(factors))
        assert painted.picture == fresh.picture
        assert painted.fingerprint == fresh.fingerprint
    assert engine.verify(CancelToken()).differing == ()


def test_a_baked_checkpoint_has_the_base_where_a_block_is_at_0(bench, tmp_path):
    stack = (with_blocks({"M00": 0.0}),)
    out = tmp_path / "baked"
    bake_checkpoint(bench, DEMO, stack, out, CancelToken())
    name = "unet/diffusion_pytorch_model.safetensors"
    base, baked = load_file(checkpoint_path(DEMO) / name), load_file(out / name)
    changed = {key for key in base if not base[key].equal(baked[key])}
    touched = {key for part, key in bench.adapters[FIRST.sha256].weights if part == "unet"}
    assert changed == {key for key in touched if block_of("unet", key) != "M00"}
    assert changed < touched
