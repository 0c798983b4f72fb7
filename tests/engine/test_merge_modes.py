"""The engine with adapters beside the weights, and with base weights kept in every way."""

import numpy as np
import pytest
import torch

from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import RequestError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO, demo_adapters
from loraviewer.engine.studio_engine import StudioEngine
from tests.adapters.unmerged.stand_ins import Int8Linear
from tests.engine.conftest import applied, silent

STACK = tuple(sorted(applied(path, 0.8) for path in demo_adapters()[:2]))


def rendered(stack=STACK, base=DEMO, **options):
    engine = StudioEngine("cpu", "float32", **options)
    info = engine.load_checkpoint(base, CancelToken(), silent)
    told = []
    request = GenerationRequest(
        checkpoint=CheckpointRef(base),
        adapters=stack,
        sampling=Sampling(prompt="a girl in a meadow", steps=2),
    )
    picture = engine.render(request, CancelToken(), told.append)
    return engine, info, picture, [p.memory for p in told if p.memory is not None]


def pixels(picture):
    return np.frombuffer(picture.picture.rgb, np.uint8).astype(int)


@pytest.fixture(scope="module")
def merged():
    return rendered()[2]


def test_beside_the_weights_gives_nearly_the_same_picture(merged):
    engine, info, beside, _ = rendered(merge_mode="unmerged")
    assert abs(pixels(beside) - pixels(merged)).max() <= 2
    assert beside.request.merge_mode == "unmerged"
    assert merged.request.merge_mode == "merged"
    assert beside.request.sha256() != merged.request.sha256()
    assert {(c.component, c.mode) for c in info.merge_modes} >= {("unet", "unmerged")}
    assert beside.fingerprint != merged.fingerprint
    assert engine.verify(CancelToken()).differing == ()


def test_the_empty_stack_is_the_base_in_both_modes():
    beside, plain = rendered((), merge_mode="unmerged")[2], rendered(())[2]
    assert beside.picture == plain.picture
    assert beside.fingerprint == plain.fingerprint


def test_an_unknown_mode_is_refused():
    with pytest.raises(RequestError, match="sideways"):
        StudioEngine("cpu", merge_mode="sideways")  # pyright: ignore[reportArgumentType]  # on purpose


@pytest.mark.parametrize("policy", ["resident", "pinned", "lean"])
def test_base_weights_change_no_byte(policy, merged):
    engine, _, picture, told = rendered(memory=MemoryWishes(policy=policy))
    assert picture.picture == merged.picture
    assert picture.fingerprint == merged.fingerprint
    assert [plan.policy for plan in told] == [policy]
    assert picture.memory == told[0]
    assert engine.verify(CancelToken()).differing == ()


def test_what_has_no_room_is_read_again_and_said_before(merged):
    wishes = MemoryWishes(limit_bytes=1_000_000)
    _, _, picture, told = rendered(memory=wishes)
    assert [plan.policy for plan in told] == ["lean"]
    assert told[0].kept_bytes == 0
    assert "reads them from the file again" in told[0].sentence
    assert picture.picture == merged.picture


def test_quantised_weights_get_adapters_beside_them(monkeypatch):
    """Nothing but the component with such weights, and the reason is told."""
    from loraviewer.engine import loading

    opened = loading.open_checkpoint

    def open_quantised(*arguments):
        checkpoint = opened(*arguments)
        unet = checkpoint.networks["unet"]
        for path, module in list(unet.named_modules()):
            if isinstance(module, torch.nn.Linear) and "attn" in path:
                parent, _, name = path.rpartition(".")
                setattr(unet.get_submodule(parent), name, Int8Linear.of(module))
        return checkpoint

    monkeypatch.setattr(loading, "open_checkpoint", open_quantised)
    _, info, picture, _ = rendered()
    modes = {choice.component: choice for choice in info.merge_modes}
    assert modes["unet"].mode == "unmerged"
    assert "quantised (int8)" in modes["unet"].reason
    assert modes["text_encoder"].mode == "merged"
    bare = rendered(())[2]
    assert abs(pixels(picture) - pixels(bare)).max() > 10
