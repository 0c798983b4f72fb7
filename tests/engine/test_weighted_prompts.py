"""Weights and chunks against A1111's rule, worked out here in float64 from the text encoders' plain
outputs, and against what diffusers itself makes of plain words."""

import itertools
import re

import numpy as np
import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.diffusers_words import word_lines
from loraviewer.core.prompt_weights import MOST_CHUNKS
from loraviewer.core.request import Sampling
from loraviewer.core.resources import DEMO
from loraviewer.core.unread import TokenCount, Unread
from loraviewer.engine.device import choose_compute
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.rendering.pipeline import prompt_chunks
from loraviewer.engine.rendering.prompt_chunks import Chunker, words_from
from loraviewer.engine.rendering.weighted_prompts import weighed
from tests.engine import tiny_pipelines
from tests.engine.asking import render
from tests.engine.conftest import silent

SIZE = 10
"""Tokens in a chunk of the tiny encoders."""


def opened(path):
    compute = choose_compute("cpu", "float32")
    return open_checkpoint(str(path), compute, CancelToken(), silent)


@pytest.fixture(scope="module", params=["sd", "xl", "xl-padded"])
def checkpoint(request, tiny_folder):
    """SD 1, SDXL, and one whose second tokenizer fills up with another token, as SDXL's does."""
    made = opened(tiny_folder / request.param.removesuffix("-padded"))
    for name in ("text_encoder", "text_encoder_2"):
        if encoder := made.networks.get(name):
            _put_a_mean_into(encoder)
    if request.param == "xl-padded":
        made.pipeline.tokenizer_2.pad_token = "a"
    return made


def _put_a_mean_into(encoder) -> None:
    """As trained ones have it; random ones have next to none."""
    for name, parameter in encoder.named_parameters():
        if name.endswith(("final_layer_norm.bias", "layers.0.mlp.fc2.bias")):
            parameter.data.add_(0.3)


def encode(checkpoint, text: str, chunks: int = 1):
    return checkpoint.renderer.encode(text, False, chunks)


# -- the oracle ---------------------------------------------------------------------------


def by_rule(checkpoint, chunks: list[list[tuple[str, float]]]) -> np.ndarray:
    """Of chunks of (words, weight): every encoder's output as diffusers has it for those words
    alone, times the weights, with the chunk's mean put back. float64."""
    return np.concatenate([_chunk_by_rule(checkpoint, chunk) for chunk in chunks], axis=1)


def _chunk_by_rule(checkpoint, chunk: list[tuple[str, float]]) -> np.ndarray:
    pipeline = checkpoint.pipeline
    words = " ".join(text for text, _ in chunk)
    plain = checkpoint.renderer.encode(words, False).sequence.double().numpy()
    factors = np.ones(SIZE + 2)
    weights = [weight for text, weight in chunk for _ in pipeline.tokenizer.tokenize(text)]
    factors[1 : 1 + len(weights)] = weights
    widths = np.split(plain, 2, axis=-1) if hasattr(pipeline, "tokenizer_2") else [plain]
    weighed = [part * factors[None, :, None] for part in widths]
    pairs = zip(weighed, widths, strict=True)
    return np.concatenate([w * (p.mean() / w.mean()) for w, p in pairs], axis=-1)


CASES = {
    "a (red:1.3) cat": [[("a", 1), ("red", 1.3), ("cat", 1)]],
    "a (red) cat": [[("a", 1), ("red", 1.1), ("cat", 1)]],
    "a ((red)) [cat] [[girl]]": [
        [("a", 1), ("red", 1.1**2), ("cat", 1 / 1.1), ("girl", 1.1**-2)],
    ],
    "(a (red:0.5) cat:2)": [[("a", 2), ("red", 1), ("cat", 2)]],
    "a (red cat": [[("a", 1), ("red cat", 1.1)]],
    "a (red:0) cat": [[("a", 1), ("red", 0), ("cat", 1)]],
    "a (red:-0.5) cat": [[("a", 1), ("red", -0.5), ("cat", 1)]],
    "a red BREAK (blue:1.2) cat": [[("a red", 1)], [("blue", 1.2), ("cat", 1)]],
    "BREAK cat": [[("", 1)], [("cat", 1)]],
    "a " * 9 + "(red blue cat:1.5)": [
        [("a " * 9, 1), ("red", 1.5)],
        [("blue cat", 1.5)],
    ],
    "a girl x red blue cat a, red blue": [
        [("a girl x red blue cat a,", 1), ("red blue", 1)],
    ],
    "a girl red blue cat a, (red blue tree:1.2) cat": [
        [("a girl red blue cat a,", 1)],
        [("red blue tree", 1.2), ("cat", 1)],
    ],
}


@pytest.mark.parametrize("prompt", CASES)
def test_weights_and_chunks_follow_the_rule(checkpoint, prompt):
    wanted = by_rule(checkpoint, CASES[prompt])
    got = encode(checkpoint, prompt, checkpoint.renderer.chunks(prompt)).sequence.double().numpy()
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() < 2e-6 * np.abs(wanted).max()


@pytest.mark.parametrize("prompt", ["", "a red cat", "a " * 10, "a, (b), [c]: d", "x (red:1.0)"])
def test_weight_one_is_bit_for_bit_what_diffusers_makes_of_the_words(checkpoint, prompt):
    one = encode(checkpoint, re.sub(r"[()\[\]]", r"\\\g<0>", prompt))
    other = checkpoint.renderer.encode(prompt, False)
    if prompt == "x (red:1.0)":
        one, other = encode(checkpoint, prompt), checkpoint.renderer.encode("x red", False)
    assert torch.equal(one.sequence, other.sequence)
    assert (one.pooled is None) == (other.pooled is None)
    assert one.pooled is None or torch.equal(one.pooled, other.pooled)


def test_what_is_pooled_is_the_first_chunks_without_weights(checkpoint):
    long = encode(checkpoint, "a (red:1.4) cat BREAK blue tree", 2)
    first = checkpoint.renderer.encode("a red cat", False)
    assert first.pooled is None or torch.equal(long.pooled, first.pooled)
    assert (first.pooled is None) == (long.pooled is None)


def test_the_shorter_prompt_is_filled_up_with_empty_chunks(checkpoint):
    filled = encode(checkpoint, "a (red:1.4) cat", 3).sequence
    empty = checkpoint.renderer.encode("", False).sequence
    assert torch.equal(filled[:, : SIZE + 2], encode(checkpoint, "a (red:1.4) cat").sequence)
    assert torch.equal(filled[:, SIZE + 2 :], torch.cat([empty, empty], dim=1))


def test_an_empty_negative_prompt_stays_what_the_checkpoint_wants(checkpoint):
    negative = checkpoint.renderer.encode("", True, 2)
    plain = checkpoint.renderer.encode("", True)
    assert torch.equal(negative.sequence, torch.cat([plain.sequence] * 2, dim=1))
    assert plain.pooled is None or torch.equal(negative.pooled, plain.pooled)


@pytest.mark.parametrize(
    ("negative", "guidance", "chunks"),
    [("", 4.0, 1), ("a " * 25, 4.0, 3), ("a " * 25, 1.0, 1)],
)
def test_both_prompts_have_the_chunks_of_the_longer_one_that_is_used(
    checkpoint, negative, guidance, chunks
):
    sampling = Sampling(prompt="a cat", negative_prompt=negative, guidance_scale=guidance)
    assert prompt_chunks(checkpoint, sampling) == 0
    weighted = Sampling(
        prompt="a cat", negative_prompt=negative, guidance_scale=guidance, words="weighted"
    )
    assert prompt_chunks(checkpoint, weighted) == chunks


@pytest.mark.parametrize("weight", [0.2, 0.8, 1.5, 4.0])
def test_where_means_cancel_each_other_they_are_left_alone(weight):
    """The quotient of two sums that are next to nothing would say anything."""
    sequence = torch.tensor([[[3.0, 3.0], [-3.0, -3.01], [0.0, 0.02]]])  # (1, tokens, width)
    found = weighed(sequence, [weight])
    wanted = sequence * torch.tensor([1.0, weight, 1.0])[:, None]
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [
        ("a (red:1.3) cat BREAK blue", ""),
        ("a girl red blue cat a, (red blue tree:1.2) cat", "[blurry]"),
        ("a cat", "a " * 25),
    ],
)
def test_the_lines_of_a_script_make_the_same_embeddings(checkpoint, prompt, negative):
    sampling = Sampling(prompt=prompt, negative_prompt=negative, words="weighted")
    names = {"torch": torch, "pipeline": checkpoint.pipeline}
    exec(compile(word_lines(sampling), "words.py", "exec"), names)
    found, chunks = names["words"], prompt_chunks(checkpoint, sampling)
    for text, start in ((prompt, ""), (negative, "negative_")):
        wanted = checkpoint.renderer.encode(text, bool(start), chunks)
        torch.testing.assert_close(found[f"{start}prompt_embeds"], wanted.sequence)
        if wanted.pooled is not None:
            torch.testing.assert_close(found[f"{start}pooled_prompt_embeds"], wanted.pooled)


# -- what is told -------------------------------------------------------------------------


def test_nothing_of_a_long_weighted_prompt_is_cut_but_beyond_the_most_chunks(checkpoint):
    prompts = checkpoint.prompts
    assert prompts.reads_weights
    words = " ".join(["red"] * 25)
    assert prompts.unread(Sampling(prompt=words, words="weighted")) == ()
    assert prompts.unread(Sampling(prompt=words)) != ()
    fitting = "a " * (SIZE * MOST_CHUNKS)
    beyond = f"{fitting}(blue:1.2) Tree"
    assert prompts.unread(Sampling(prompt=fitting, words="weighted")) == ()
    assert prompts.unread(Sampling(prompt=beyond, words="weighted")) == (
        Unread(words="blue Tree", limit=SIZE * MOST_CHUNKS),
    )
    one = encode(checkpoint, beyond, checkpoint.renderer.chunks(beyond))
    other = encode(checkpoint, fitting, checkpoint.renderer.chunks(fitting))
    assert torch.equal(one.sequence, other.sequence)


@pytest.mark.parametrize(
    ("prompt", "words", "count"),
    [
        ("", "weighted", TokenCount(tokens=0, limit=10, chunks=1)),
        ("a (red:1.2) cat", "weighted", TokenCount(tokens=3, limit=10, chunks=1)),
        ("a " * 12, "weighted", TokenCount(tokens=12, limit=20, chunks=2)),
        ("a BREAK a red", "weighted", TokenCount(tokens=12, limit=20, chunks=2)),
        ("a " * 12, "plain", TokenCount(tokens=12, limit=10)),
    ],
)
def test_tokens_are_counted_as_they_are_read(checkpoint, prompt, words, count):
    assert checkpoint.prompts.count(prompt, words) == count


def test_other_pipelines_read_letters(tmp_path_factory):
    made = opened(tiny_pipelines.save("flux1", tmp_path_factory.mktemp("flux")))
    assert made.prompts is not None
    assert not made.prompts.reads_weights
    assert made.renderer.chunks("a (red:1.2) cat") == 0
    weighted = Sampling(prompt="a (red:1.2) cat", words="weighted")
    assert prompt_chunks(made, weighted) == 0
    count = made.prompts.count("a", "weighted")
    assert count is not None
    assert (count.limit, count.chunks) == (511, 0)


# -- pictures -----------------------------------------------------------------------------


def test_plain_words_give_the_same_picture_however_they_are_read(engine, request_for):
    plain = render(engine, request_for(negative_prompt="blurry"))
    weighted = render(engine, request_for(negative_prompt="blurry", words="weighted"))
    assert weighted.request.sha256() != plain.request.sha256()
    assert weighted.picture == plain.picture


def test_a_weight_counts_in_a_prompt_and_in_a_negative_prompt(engine, request_for):
    asked = [("a red cat", "blurry"), ("a (red:1.4) cat", "blurry"), ("a red cat", "(blurry:1.4)")]
    made = [
        render(engine, request_for(prompt=p, negative_prompt=n, words="weighted")).picture
        for p, n in asked
    ]
    assert len({picture.rgb for picture in made}) == 3
    again = render(engine, request_for(prompt="a (red:1.4) cat", words="weighted"))
    assert again.unread == ()


@pytest.mark.parametrize("prompts", [("a " * 25, "blurry"), ("cat", "a " * 25)])
def test_prompts_of_unequal_length_are_rendered(engine, request_for, prompts):
    prompt, negative = prompts
    asked = request_for(prompt=prompt, negative_prompt=negative, words="weighted")
    cut = request_for(prompt=prompt, negative_prompt=negative)
    assert render(engine, asked).picture != render(engine, cut).picture


def test_embeddings_are_kept_by_the_way_they_were_read(engine, request_for, words):
    first = render(engine, request_for(words, prompt="a (red:1.4) cat"))
    weighted = render(engine, request_for(words, prompt="a (red:1.4) cat", words="weighted"))
    longer = {"prompt": "a (red:1.4) cat", "negative_prompt": "a " * 15, "words": "weighted"}
    render(engine, request_for(words, **longer))
    engine._pictures.forget()
    again = render(engine, request_for(words, prompt="a (red:1.4) cat", words="weighted"))
    assert not again.is_from_cache
    assert again.picture == weighted.picture != first.picture


def test_chunks_know_their_words():
    tokenizer = _letters()
    chunker = Chunker(tokenizer, 2)
    chunks = chunker.chunks("a b (c d e:1.2) f")
    assert [[token.weight for token in chunk] for chunk in chunks] == [
        [1, 1], [1.2, 1.2], [1.2, 1],
    ]  # fmt: skip
    assert words_from(chunks[1:]) == "c d e f"
    assert words_from(chunks[2:]) == "e f"


def _letters():
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocab = {letter: number for number, letter in enumerate("abcdef?")}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    return tokenizer


def test_the_demo_reads_plain_words_as_ever():
    demo, prompts = opened(DEMO), ("", "a girl in a green meadow", "a bird, night sky: stars")
    for prompt, is_negative in itertools.product(prompts, (False, True)):
        weighted = demo.renderer.encode(prompt, is_negative, 1)
        assert torch.equal(weighted.sequence, demo.renderer.encode(prompt, is_negative).sequence)
    assert demo.prompts is not None
    count = demo.prompts.count("a girl in a (green:1.2) meadow", "weighted")
    assert count == TokenCount(tokens=6, limit=22, chunks=1)
