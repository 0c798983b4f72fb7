"""What a picture says of how it was made, whichever program made it."""

import re
from pathlib import PurePosixPath, PureWindowsPath

import msgspec

from loraviewer.core.blocks import BlockScales
from loraviewer.core.request import GenerationRequest, PromptAuthor, WordReading
from loraviewer.core.sentences import Sentence, say

LOOKED_AT_CHARS = 4_000_000
"""Of one text in a picture; a real graph of thousands of nodes has less."""
_MOST_LISTED, _SHOWN_CHARS = 40, 160
_HASH = re.compile(r"(?:0x)?([0-9a-f]{8,64})")
_HASH_OF_NOTHING = "e3b0c44298fc"
_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf")


class ForeignAdapter(msgspec.Struct, frozen=True, kw_only=True):
    """An adapter as the picture names it. `text_scale` None: the text encoders follow `scale`.
    `hashes`: lower-case hex, whole or first digits, of the whole file or of what follows its
    header. `path`: where it lay, of own records only. `block_scales`: as of a stack's entry."""

    name: str
    scale: float = 1.0
    text_scale: float | None = None
    hashes: tuple[str, ...] = ()
    path: str = ""
    block_scales: BlockScales = ()


class ReadPicture(msgspec.Struct, frozen=True, kw_only=True):
    """What is None or "" the picture does not say. `source`: the program that made it, as far as it
    can be told. `sampler`: one of ours, "" where it says none or one that is not known here.
    `template`, `author`: of the prompt, as of a `Sampling`; of own records only.
    `model_hash`: lower-case hex, first digits or all. `request`: the whole record of a picture that
    loraviewer saved. `words`: how its prompts are read. `not_understood`: what counts for the
    picture and was left out, one phrase each."""

    source: str
    prompt: str | None = None
    template: str = ""
    author: PromptAuthor | None = None
    negative: str | None = None
    seed: int | None = None
    steps: int | None = None
    sampler: str = ""
    guidance: float | None = None
    width: int | None = None
    height: int | None = None
    loras: tuple[ForeignAdapter, ...] = ()
    model: str = ""
    model_hash: str = ""
    request: GenerationRequest | None = None
    words: WordReading = "weighted"
    not_understood: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What it does not say and every picture has."""
        told = {
            say("prompt"): self.prompt,
            say("seed"): self.seed,
            say("steps"): self.steps,
            say("guidance"): self.guidance,
            say("size"): self.width,
        }
        return tuple(name for name, value in told.items() if value is None)


def listed(phrases: list[str]) -> tuple[str, ...]:
    """Each once, shortened and bounded, fit to be shown."""
    shown = list(dict.fromkeys(map(_shown, phrases)))
    more = len(shown) - _MOST_LISTED
    return (*shown[:_MOST_LISTED], say("{count} more", count=more)) if more > 0 else tuple(shown)


def file_stem(name: str) -> str:
    """What a file is called in its own folder, without the suffix of weights; of any system."""
    last = PureWindowsPath(name).name if "\\" in name else PurePosixPath(name).name
    for suffix in _SUFFIXES:
        if last.lower().endswith(suffix) and len(last) > len(suffix):
            return last[: -len(suffix)]
    return last


def hashes_of(*texts: object) -> tuple[str, ...]:
    """Those that are hashes; the placeholder for nothing is none."""
    found: list[str] = []
    for text in texts:
        match = _HASH.fullmatch(text.strip().lower()) if isinstance(text, str) else None
        if match and not match[1].startswith(_HASH_OF_NOTHING):
            found.append(match[1])
    return tuple(dict.fromkeys(found))


def _shown(phrase: str) -> str:
    if isinstance(phrase, Sentence):
        return _shown_sentence(phrase.with_texts(_on_a_line))
    return _cut(_on_a_line(phrase), _SHOWN_CHARS)


def _shown_sentence(sentence: Sentence) -> str:
    """Shortened in its longest value, so that the rest can be said in another language."""
    excess = len(sentence) - _SHOWN_CHARS
    texts = [value for value in sentence.values.values() if type(value) is str]
    longest = max(texts, key=len, default="")
    if excess <= 0:
        return sentence
    if len(longest) <= excess + 1:
        return _cut(str.__str__(sentence), _SHOWN_CHARS)
    short = _cut(longest, len(longest) - excess)
    return sentence.with_texts(lambda text: short if text == longest else text)


def _on_a_line(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text[: 2 * _SHOWN_CHARS])
    return " ".join(plain.split())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
