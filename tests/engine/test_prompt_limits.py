"""Which words of a prompt lie beyond what text encoders take: told, and true of the embeddings."""

import gc
import weakref
from pathlib import Path

import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.infotext import from_json, record_of, to_json
from loraviewer.core.request import Sampling
from loraviewer.core.unread import Unread
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from tests.engine import tiny_pipelines
from tests.engine.asking import render
from tests.engine.conftest import silent

ENCODERS = {
    "sd": ("text_encoder",),
    "sdxl": ("text_encoder", "text_encoder_2"),
    "sd3": ("text_encoder", "text_encoder_2", "text_encoder_3"),
    "flux1": ("text_encoder", "text_encoder_2"),
    "pixart": ("text_encoder",),
    "lumina2": ("text_encoder",),
    "z-image": ("text_encoder",),
    "qwen-image": ("text_encoder",),
}
CLIP_TOKENS = 10  # of the tiny ones: 12 with those at both ends
T5_TOKENS = {"sd3": 255, "flux1": 511, "pixart": 299}


@pytest.fixture(scope="module")
def checkpoints(tiny_folder, tmp_path_factory):
    """Family → its opened checkpoint; opened when first asked for."""
    root = tmp_path_factory.mktemp("prompts")
    made = {}

    def checkpoint(family: str):
        if family not in made:
            path = _path(family, tiny_folder, root)
            compute = choose_compute("cpu", "float32")
            made[family] = open_checkpoint(str(path), compute, CancelToken(), silent)
        return made[family]

    return checkpoint


def _path(family: str, tiny_folder: Path, root: Path) -> Path:
    if family in ("sd", "sdxl"):
        return tiny_folder / {"sd": "sd", "sdxl": "xl"}[family]
    return tiny_pipelines.save(family, root)


def unread_of(checkpoint, prompt: str, **values) -> tuple[Unread, ...]:
    prompts = checkpoint.info("").prompts
    assert prompts is not None
    return prompts.unread(Sampling(prompt=prompt, **values))


def embedding(checkpoint, prompt: str) -> list[torch.Tensor]:
    encoded = checkpoint.renderer.encode(prompt, False)
    values = encoded.values() if isinstance(encoded, dict) else vars(encoded).values()
    return [t for v in values for t in (v if isinstance(v, list) else [v]) if t is not None]


def are_equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("family", ENCODERS)
def test_what_is_told_as_unread_changes_nothing_and_what_is_read_does(family, checkpoints):
    checkpoint = checkpoints(family)
    words = ["red"] * 1200
    unread = unread_of(checkpoint, " ".join(words))
    assert unread, "nothing reads so many words"
    named = [encoder for one in unread for encoder in one.encoders or ENCODERS[family]]
    assert sorted(named) == sorted(ENCODERS[family])
    read = max(len(words) - len(one.words.split()) for one in unread)
    assert 0 < read < len(words)
    whole = embedding(checkpoint, " ".join(words))
    changed = ["cat" if at == read + 1 else word for at, word in enumerate(words)]
    assert are_equal(whole, embedding(checkpoint, " ".join(changed)))
    changed = ["cat" if at == read - 1 else word for at, word in enumerate(words)]
    assert not are_equal(whole, embedding(checkpoint, " ".join(changed)))
    assert unread_of(checkpoint, "red cat") == ()


@pytest.mark.parametrize("family", T5_TOKENS)
def test_each_text_encoder_has_its_own_limit(family, checkpoints):
    limits = {
        encoder: one.limit
        for one in unread_of(checkpoints(family), "a " * 600)
        for encoder in one.encoders or ENCODERS[family]
    }
    *clips, t5 = ENCODERS[family]
    assert limits == {**dict.fromkeys(clips, CLIP_TOKENS), t5: T5_TOKENS[family]}


def test_words_are_named_as_they_were_typed_from_the_first_that_is_cut(checkpoints):
    checkpoint = checkpoints("sd")
    prompt = f"{'a ' * 8} Red,  tréé\tBLUE girl "  # “red” and “,” are the 9th and the 10th token
    assert unread_of(checkpoint, prompt) == (Unread(words="tréé\tBLUE girl", limit=CLIP_TOKENS),)
    assert unread_of(checkpoint, f"{'a ' * 9} catx") == (Unread(words="catx", limit=CLIP_TOKENS),)
    assert unread_of(checkpoint, "a " * 10) == ()


def test_a_negative_prompt_has_the_same_limit(checkpoints):
    found = unread_of(checkpoints("sd"), "a cat", negative_prompt="a " * 10 + "blurry")
    assert found == (Unread(words="blurry", is_negative=True, limit=CLIP_TOKENS),)


@pytest.mark.parametrize(
    ("family", "guidance", "reason"),
    [
        ("sd", 1.0, "guidance"), ("sd", 1.5, None), ("sdxl", 0.0, "guidance"),
        ("flux1", 4.0, "pipeline"), ("pixart", 1.0, "guidance"), ("qwen-image", 4.0, None),
    ],
)  # fmt: skip
def test_a_negative_prompt_that_is_not_used_is_told(family, guidance, reason, checkpoints):
    asked = {"negative_prompt": " blurry ", "guidance_scale": guidance}
    found = unread_of(checkpoints(family), "a cat", **asked)
    wanted = (Unread(words="blurry", is_negative=True, reason=reason),) if reason else ()
    assert found == wanted
    assert unread_of(checkpoints(family), "a cat", guidance_scale=guidance) == ()


def test_who_knows_the_limits_keeps_no_network_of_a_base_that_is_gone(tiny_folder):
    compute = choose_compute("cpu", "float32")
    checkpoint = open_checkpoint(str(tiny_folder / "sd"), compute, CancelToken(), silent)
    info = checkpoint.info("")
    networks = [weakref.ref(network) for network in checkpoint.networks.values()]
    del checkpoint
    gc.collect()
    assert [network() for network in networks] == [None] * len(networks)
    assert info.prompts is not None
    assert info.prompts.unread(Sampling(prompt="a " * 11))
    assert info.prompts.unread(Sampling(negative_prompt="blurry", guidance_scale=1.0))


def test_the_record_of_a_picture_says_what_was_not_read(engine, request_for):
    rendered = render(engine, request_for(prompt="a " * 10 + "blue tree"))
    assert rendered.unread == (Unread(words="blue tree", limit=CLIP_TOKENS),)
    assert from_json(to_json(record_of(rendered))).unread == rendered.unread
    again = render(engine, request_for(prompt="a " * 10 + "blue tree"))
    assert again.is_from_cache
    assert again.unread == rendered.unread
