"""The prompt of a `Sampling` that a person types, and the words that it means by the seed."""

from collections.abc import Iterable, Sequence

import msgspec

from loraviewer.core.request import Sampling
from loraviewer.core.variants.draws import Words, words_of
from loraviewer.core.variants.template import is_open
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards


def with_typed(sampling: Sampling, text: str, wildcards: Wildcards = NO_WILDCARDS) -> Sampling:
    """With another prompt; what leaves something to the seed is kept beside its words. Whoever
    wrote the one before has nothing to do with a new one."""
    author = sampling.author if text == sampling.typed else None
    if not is_open(text):
        return msgspec.structs.replace(sampling, prompt=text, template="", author=author)
    words = words_of(text, sampling.seed, wildcards)
    return msgspec.structs.replace(sampling, prompt=words.text, template=text, author=author)


def drawn_words(sampling: Sampling, wildcards: Wildcards = NO_WILDCARDS) -> Words:
    """What a template gives now. Where wildcards changed since, that is not what was drawn."""
    return words_of(sampling.template, sampling.seed, wildcards)


def missing_wildcards(
    prompts: Iterable[str], seeds: Sequence[int], wildcards: Wildcards = NO_WILDCARDS
) -> tuple[str, ...]:
    """Those that any seed comes to and nobody has lines for, each once."""
    words = (words_of(prompt, seed, wildcards) for prompt in prompts for seed in seeds)
    return tuple(dict.fromkeys(name for one in words for name in one.missing))
