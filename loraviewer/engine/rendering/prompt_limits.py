"""How much of a prompt each text encoder of a pipeline reads, and which words lie beyond.

A pipeline cuts what its tokenizer makes of a prompt off at a length, most often without a word.
The lengths are those that diffusers' `encode_prompt` uses; language models count the words of
their template, too.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loraviewer.core.encodable import encodable
from loraviewer.core.prompt_weights import MOST_CHUNKS, bare_words, weighted_sections
from loraviewer.core.request import Sampling, WordReading
from loraviewer.core.unread import TokenCount, Unread
from loraviewer.engine.rendering.prompt_chunks import Chunker, words_from
from loraviewer.engine.rendering.prompt_tokens import inner_tokenizer, own_tokenizer

_MOST_TOKENS = 100_000
"""More means that a tokenizer's settings name no length."""

_PLACE = "loraviewer"
"""Stands for the prompt in a template."""


@dataclass(frozen=True)
class EncoderLimit:
    """`tokens`: of a prompt, without what is put around it. `tokenizer`: one of the `tokenizers`
    library, this object's own: those of a pipeline are changed at every call."""

    encoder: str
    tokenizer: Any
    tokens: int
    weighs: bool = True
    """Whether weights are more than letters to it, where they are to any of its pipeline."""

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self.tokenizer.encode(encodable(text), add_special_tokens=False).ids)

    def unread(self, text: str) -> str:
        """The end of the text from the first word that is not read whole; "" where all is."""
        offsets = self.tokenizer.encode(encodable(text), add_special_tokens=False).offsets
        if len(offsets) <= self.tokens:
            return ""
        cut = offsets[self.tokens][0]
        words = re.finditer(r"\S+", text)
        start = next((word.start() for word in words if word.end() > cut), cut)
        return text[start:].strip()


class PipelinePrompts:
    """Implements `PromptReader`. Holds nothing of the pipeline: the window keeps it, and would keep
    the networks of a base that is gone."""

    def __init__(
        self,
        limits: tuple[EncoderLimit, ...],
        chunker: Chunker | None = None,
        *,
        takes_negative: bool,
        least_guided: float = 1.0,
    ) -> None:
        """chunker: None where no weights are read. The others as in `Renderer`."""
        self._limits = limits
        self._chunker = chunker
        self._takes_negative = takes_negative
        self._least_guided = least_guided
        self._unweighted = tuple(limit for limit in limits if not limit.weighs)

    @property
    def reads_weights(self) -> bool:
        return self._chunker is not None

    def count(self, text: str, words: WordReading) -> TokenCount | None:
        if words == "weighted" and self._chunker is not None:
            chunks, size = self._chunker.chunks(text), self._chunker.size
            tokens = size * (len(chunks) - 1) + len(chunks[-1])
            return TokenCount(tokens=tokens, limit=size * len(chunks), chunks=len(chunks))
        if not self._limits:
            return None
        longest = max(self._limits, key=lambda limit: limit.tokens)
        return TokenCount(tokens=longest.count(text), limit=longest.tokens)

    def unread(self, sampling: Sampling) -> tuple[Unread, ...]:
        negative = sampling.negative_prompt.strip()
        is_guided = self._takes_negative and sampling.guidance_scale > self._least_guided
        if not negative or is_guided:
            ignored = self._beyond(sampling.negative_prompt, sampling.words, is_negative=True)
        else:
            reason = "guidance" if self._takes_negative else "pipeline"
            ignored = (Unread(words=negative, is_negative=True, reason=reason),)
        return (*self._beyond(sampling.prompt, sampling.words, is_negative=False), *ignored)

    def _beyond(self, text: str, words: WordReading, *, is_negative: bool) -> tuple[Unread, ...]:
        if words == "weighted" and self._chunker is not None:
            left = words_from(self._chunker.chunks(text)[MOST_CHUNKS:])
            most = MOST_CHUNKS * self._chunker.size
            told = Unread(
                words=left, is_negative=is_negative, limit=most, encoders=self._that_weigh
            )
            others = self._without_weights(text, is_negative=is_negative)
            return (told, *others) if left else others
        return self._cut(text, self._limits, is_negative=is_negative)

    @property
    def _that_weigh(self) -> tuple[str, ...]:
        """() where all do."""
        if not self._unweighted:
            return ()
        return tuple(limit.encoder for limit in self._limits if limit.weighs)

    def _without_weights(self, text: str, *, is_negative: bool) -> tuple[Unread, ...]:
        """What encoders beside CLIP's do not read of a weighted prompt: its weights, and the end
        of a long one."""
        if not self._unweighted:
            return ()
        cut = self._cut(bare_words(text), self._unweighted, is_negative=is_negative)
        parts = (part for section in weighted_sections(text) for part in section)
        words = ", ".join(part.text.strip() for part in parts if part.weight != 1.0)
        if not words:
            return cut
        names = tuple(limit.encoder for limit in self._unweighted)
        told = Unread(words=words, is_negative=is_negative, reason="weights", encoders=names)
        return (*cut, told)

    def _cut(
        self, text: str, limits: Sequence[EncoderLimit], *, is_negative: bool
    ) -> tuple[Unread, ...]:
        """One for each group of encoders that stop at the same word after as many tokens."""
        groups: dict[tuple[str, int], list[str]] = {}
        for limit in limits:
            if left := limit.unread(text):
                groups.setdefault((left, limit.tokens), []).append(limit.encoder)
        return tuple(
            Unread(
                words=left,
                is_negative=is_negative,
                limit=tokens,
                encoders=() if len(encoders) == len(self._limits) else tuple(encoders),
            )
            for (left, tokens), encoders in groups.items()
        )


def limits_of(pipeline: Any) -> tuple[EncoderLimit, ...]:
    """Of each text encoder, where it is known."""
    return tuple(
        limit
        for name, part in pipeline.components.items()
        if name.startswith("tokenizer") and part is not None
        if (limit := _limit(pipeline, name, part)) is not None
    )


def _limit(pipeline: Any, name: str, part: Any) -> EncoderLimit | None:
    encoder = name.replace("tokenizer", "text_encoder")
    wrapped = inner_tokenizer(part)
    tokenizer = own_tokenizer(part)
    if tokenizer is None or pipeline.components.get(encoder) is None:
        return None
    tokens = _tokens(pipeline, part, wrapped, tokenizer)
    if not 0 < tokens < _MOST_TOKENS:
        return None
    return EncoderLimit(encoder, tokenizer, tokens, type(wrapped).__name__.startswith("CLIP"))


def _tokens(pipeline: Any, part: Any, wrapped: Any, tokenizer: Any) -> int:
    """Tokens of a prompt that are read; 0 where that is not known."""
    longest = _longest_sequence(pipeline)
    template_of = _TEMPLATES.get(type(pipeline).__name__)
    if template_of is not None:
        template = template_of(pipeline, part)
        if template is None:
            return 0
        return longest + template.uncounted - len(tokenizer.encode(template.before).ids)
    if _has_template(wrapped):
        return 0
    length = wrapped.model_max_length
    if longest and not type(wrapped).__name__.startswith("CLIP"):
        length = longest  # what the call asks for, whatever the tokenizer's settings say
    return length - tokenizer.num_special_tokens_to_add(False)


def _longest_sequence(pipeline: Any) -> int:
    """What the pipeline's call asks for unasked; 0 where it does not say."""
    parameter = inspect.signature(pipeline.__call__).parameters.get("max_sequence_length")
    return parameter.default if parameter and isinstance(parameter.default, int) else 0


@dataclass(frozen=True)
class _Template:
    """`before`: what a pipeline puts before a prompt; `uncounted`: how many of its tokens do not
    count, less those that are reserved for what follows the prompt."""

    before: str
    uncounted: int = 0


_TemplateOf = Callable[[Any, Any], _Template | None]


def _has_template(tokenizer: Any) -> bool:
    return bool(getattr(tokenizer, "chat_template", None))


def _chat(**options: bool) -> _TemplateOf:
    def template(_: Any, tokenizer: Any) -> _Template | None:
        if not _has_template(tokenizer):
            return None
        messages = [{"role": "user", "content": _PLACE}]
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **options
        )
        return _Template(text.partition(_PLACE)[0])

    return template


def _flux2(pipeline: Any, processor: Any) -> _Template | None:
    if not _has_template(processor):
        return None
    from diffusers.pipelines.flux2.pipeline_flux2 import format_input

    messages = format_input(prompts=[_PLACE], system_message=pipeline.system_message)
    text = processor.apply_chat_template(messages, add_generation_prompt=False, tokenize=False)
    return _Template((text if isinstance(text, str) else text[0]).partition(_PLACE)[0])


def _lumina2(pipeline: Any, _: Any) -> _Template:
    return _Template(f"{pipeline.system_prompt} <Prompt Start> ")


def _qwen_image(pipeline: Any, _: Any) -> _Template:
    before = pipeline.prompt_template_encode.partition("{}")[0]
    return _Template(before, pipeline.prompt_template_encode_start_idx)


def _krea2(pipeline: Any, _: Any) -> _Template:
    reserved = pipeline.prompt_template_encode_num_suffix_tokens
    uncounted = pipeline.prompt_template_encode_start_idx - reserved
    return _Template(pipeline.prompt_template_encode_prefix, uncounted)


def _sana(*_: Any) -> _Template:
    """Its instruction is left out of the count, but for two tokens at the ends."""
    return _Template("", -1)


_TEMPLATES: Mapping[str, _TemplateOf] = {
    "ZImagePipeline": _chat(enable_thinking=True),
    "Flux2KleinPipeline": _chat(enable_thinking=False),
    "Flux2Pipeline": _flux2,
    "Lumina2Pipeline": _lumina2,
    "QwenImagePipeline": _qwen_image,
    "Krea2Pipeline": _krea2,
    "SanaPipeline": _sana,
}
"""Pipelines that put words of their own before a prompt → those; None where they are not known."""
