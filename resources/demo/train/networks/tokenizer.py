"""CLIPTokenizer files for the demo: every word of the captions is one token.

The merges are learnt until every listed word is whole. All 256 bytes are tokens too, so a
word nobody listed still becomes tokens.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, WhitespaceSplit
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

from resources.demo.train.drawing.scenes import vocabulary

LENGTH = 24
START, END = "<|startoftext|>", "<|endoftext|>"

# Words people try that the captions never use: known to the tokenizer, unknown to the model.
COMMON = (
    "the of and to is are at by for from near under over behind beside between into some two three "
    "many one big small large tiny little tall old young new happy sad angry smiling sleeping "
    "running sitting standing flying swimming eating playing man woman men women person people "
    "child baby kid face eyes hand portrait horse cow sheep rabbit bear wolf fox lion tiger mouse "
    "elephant duck chicken owl penguin butterfly bee spider snake turtle dragon unicorn robot "
    "monster alien ghost witch wizard knight king queen princess pirate castle tower bridge road "
    "river lake sea ocean mountain hill field garden park farm village town desert island jungle "
    "sky sun moon star stars cloud clouds rain storm wind rainbow sunset sunrise morning evening "
    "day summer spring autumn winter train bus truck bicycle bike plane ship rocket spaceship "
    "grey gray gold golden silver cyan turquoise violet dark light bright colourful colorful "
    "photo photograph photorealistic realistic painting drawing picture image sketch cartoon anime "
    "manga comic pixel art oil watercolour watercolor neon style detailed beautiful cute best "
    "quality masterpiece high low blurry bad ugly worst text watermark apple banana cake bread "
    "coffee tea pizza fruit book chair table lamp door window room kitchen hat coat shirt shoes "
    "glasses long short curly hair beard crown sword ball flag heart fire water ice stone wood "
    "metal glass paper no not very his her its on in out up down left right red-haired "
    "party balloons flags embroidery stained blueprint golden hour watching holding wearing "
    "minimalist abstract vintage modern fantasy space planet earth forest beach city meadow house"
)


def trained_words() -> list[str]:
    """The words the captions teach, sorted."""
    return sorted(vocabulary())


def _entries(words: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's vocabulary (token -> id) and merges, learnt until every word is one token."""
    learner = Tokenizer(BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    learner.pre_tokenizer = WhitespaceSplit()
    settings = BpeTrainer(
        vocab_size=100_000, min_frequency=1, end_of_word_suffix="</w>", show_progress=False
    )
    learner.train_from_iterator(words, settings)
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    letters = sorted(ByteLevel.alphabet())
    tokens = letters + [f"{letter}</w>" for letter in letters]
    tokens += ["".join(pair) for pair in merges]
    tokens = [*dict.fromkeys(tokens), START, END]
    return {token: number for number, token in enumerate(tokens)}, merges


def new_tokenizer() -> CLIPTokenizer:
    """The tokenizer; the same words always give the same ids."""
    words = sorted({word for word in (*trained_words(), *COMMON.split()) if word.isalpha()})
    ids, merges = _entries(words)
    return CLIPTokenizer(vocab=ids, merges=merges, model_max_length=LENGTH)


def save_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write tokenizer files: today's single file and the classic vocab.json and merges.txt."""
    tokenizer.save_pretrained(folder)
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False))
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")


def tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """Captions -> ids, int64 (N, 24)."""
    return tokenizer(
        captions, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt"
    ).input_ids
