"""Weights in SD 3: its CLIP encoders against A1111's rule, worked out here in float64 from what
diffusers makes of plain words; T5 has the bare words."""

import numpy as np
import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.prompt_weights import bare_words
from loraviewer.core.request import Sampling
from loraviewer.core.unread import TokenCount, unread_sentence
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.rendering.pipeline import prompt_chunks
from tests.engine import tiny_pipelines
from tests.engine.conftest import silent
from tests.engine.test_weighted_prompts import _put_a_mean_into

LONGEST = 256
"""Tokens of T5."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tiny_pipelines.save("sd3", tmp_path_factory.mktemp("sd3"))
    made = open_checkpoint(str(folder), choose_compute("cpu", "float32"), CancelToken(), silent)
    for name in ("text_encoder", "text_encoder_2"):
        _put_a_mean_into(made.networks[name])
    return made


def encode(checkpoint, text: str, chunks: int, *, is_negative: bool = False):
    made = checkpoint.renderer.encode(text, is_negative, chunks)
    start = "negative_" if is_negative else ""
    return made[f"{start}prompt_embeds"], made[f"{start}pooled_prompt_embeds"]


def plain(checkpoint, words: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """CLIP's part, that of T5, and what is pooled, as diffusers has them. float64."""
    sequence, pooled = encode(checkpoint, words, 0)
    clip, behind = np.split(sequence.double().numpy(), [-LONGEST], axis=1)
    return clip, behind, pooled.double().numpy()


def by_rule(checkpoint, chunks: list[list[tuple[str, float]]]) -> np.ndarray:
    widths = [
        checkpoint.networks[name].config.hidden_size for name in ("text_encoder", "text_encoder_2")
    ]
    return np.concatenate([_chunk(checkpoint, chunk, widths) for chunk in chunks], axis=1)


def _chunk(checkpoint, chunk: list[tuple[str, float]], widths: list[int]) -> np.ndarray:
    """Each encoder's columns times the weights, with their mean put back; zeros behind them."""
    tokenizer = checkpoint.pipeline.tokenizer
    clip, _, _ = plain(checkpoint, " ".join(text for text, _ in chunk))
    factors = np.ones(clip.shape[1])
    weights = [weight for text, weight in chunk for _ in tokenizer.tokenize(text)]
    factors[1 : 1 + len(weights)] = weights
    parts = np.split(clip, np.cumsum(widths), axis=-1)
    assert not parts[-1].any(), "only as wide as T5"
    multiplied = [part * factors[None, :, None] for part in parts[:-1]]
    pairs = zip(multiplied, parts, strict=False)
    restored = [now * (before.mean() / now.mean()) for now, before in pairs]
    return np.concatenate([*restored, parts[-1]], axis=-1)


CASES = {
    "a (red:1.3) cat": [[("a", 1), ("red", 1.3), ("cat", 1)]],
    "a ((red)) [cat]": [[("a", 1), ("red", 1.1**2), ("cat", 1 / 1.1)]],
    "a (red:0) cat": [[("a", 1), ("red", 0), ("cat", 1)]],
    "a red BREAK (blue:1.2) cat": [[("a red", 1)], [("blue", 1.2), ("cat", 1)]],
    "a " * 9 + "(red blue cat:1.5)": [[("a " * 9, 1), ("red", 1.5)], [("blue cat", 1.5)]],
}


@pytest.mark.parametrize("prompt", CASES)
def test_weights_and_chunks_of_clip_follow_the_rule(checkpoint, prompt):
    chunks = checkpoint.renderer.chunks(prompt)
    assert chunks == len(CASES[prompt])
    wanted = by_rule(checkpoint, CASES[prompt])
    sequence, _ = encode(checkpoint, prompt, chunks)
    got, behind = np.split(sequence.double().numpy(), [-LONGEST], axis=1)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() < 2e-6 * np.abs(wanted).max()
    _, of_words, _ = plain(checkpoint, bare_words(prompt))
    assert np.array_equal(behind, of_words), "T5 has the words, and no bracket"


@pytest.mark.parametrize("prompt", ["", "a red cat", "x (red:1.0)", r"a \(b\), c: d"])
@pytest.mark.parametrize("is_negative", [False, True])
def test_weight_one_is_bit_for_bit_what_diffusers_makes_of_the_words(
    checkpoint, prompt, is_negative
):
    pair = encode(checkpoint, prompt, 1, is_negative=is_negative)
    words = encode(checkpoint, bare_words(prompt), 0, is_negative=is_negative)
    assert all(torch.equal(one, other) for one, other in zip(pair, words, strict=True))


def test_what_is_pooled_is_the_first_chunks_without_weights(checkpoint):
    _, pooled = encode(checkpoint, "a (red:1.4) cat BREAK blue tree", 2)
    assert np.array_equal(pooled.double().numpy(), plain(checkpoint, "a red cat")[2])


def test_both_prompts_have_as_many_chunks_and_a_picture_comes_of_them(checkpoint):
    sampling = Sampling(
        prompt="a (red:1.3) cat BREAK blue", negative_prompt="[tree]", words="weighted",
        guidance_scale=4.0,
    )  # fmt: skip
    chunks = prompt_chunks(checkpoint, sampling)
    assert chunks == 2
    one, _ = encode(checkpoint, sampling.prompt, chunks)
    other, _ = encode(checkpoint, sampling.negative_prompt, chunks, is_negative=True)
    assert one.shape == other.shape


def test_what_t5_ignores_is_told(checkpoint):
    reader = checkpoint.prompts
    assert reader.reads_weights
    asked = Sampling(prompt="a (red:1.3) [cat] tree", words="weighted", guidance_scale=4.0)
    (told,) = reader.unread(asked)
    assert (told.reason, told.encoders) == ("weights", ("text_encoder_3",))
    assert unread_sentence(told) == "text_encoder_3 reads the prompt without weights: red, cat"
    assert reader.unread(Sampling(prompt="a red cat", words="weighted", guidance_scale=4.0)) == ()
    count = reader.count("a (red:1.3) cat", "weighted")
    assert isinstance(count, TokenCount)
    assert (count.tokens, count.chunks) == (3, 1)
    long = Sampling(prompt="a " * 400, words="weighted", guidance_scale=4.0)
    of_clip, of_t5 = reader.unread(long)
    assert (of_clip.limit, of_clip.encoders) == (320, ("text_encoder", "text_encoder_2"))
    assert (of_t5.reason, of_t5.encoders, of_t5.limit) == ("length", ("text_encoder_3",), 255)
