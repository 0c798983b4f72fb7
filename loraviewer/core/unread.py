"""What of a prompt a checkpoint does not read, as values and sentences."""

from typing import Literal, Protocol

import msgspec

from loraviewer.core.request import Sampling, WordReading
from loraviewer.core.sentences import say, with_and


class Unread(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`words`: the end of the prompt, as typed, from the first word that is not read whole.

    `reason`: it is too long for the text encoders; or it is a negative prompt, and not read at so
    low a guidance, or by such a pipeline at all; or `words` are read without their weights.
    `limit`: how many tokens of a prompt are read, 0 where its length is not the reason. `encoders`:
    those that it holds for, as diffusers calls them; () for all of the checkpoint's.
    """

    words: str
    is_negative: bool = False
    reason: Literal["length", "guidance", "pipeline", "weights"] = "length"
    limit: int = 0
    encoders: tuple[str, ...] = ()


class TokenCount(msgspec.Struct, frozen=True, kw_only=True):
    """`tokens` of a prompt where `limit` are read: of `chunks` as long as each other, all but the
    last of which count as full, or 0 where a prompt is cut at the limit."""

    tokens: int
    limit: int
    chunks: int = 0


class PromptReader(Protocol):
    """Knows what the text encoders of one checkpoint take. Any thread; milliseconds."""

    @property
    def reads_weights(self) -> bool:
        """Whether weights are more than letters to them."""
        ...

    def count(self, text: str, words: WordReading) -> TokenCount | None:
        """Of the encoder that reads most; None where that is not known."""
        ...

    def unread(self, sampling: Sampling) -> tuple[Unread, ...]:
        """Of the prompt, then of the negative prompt; () where every word is read."""
        ...


def unread_sentence(
    unread: Unread,
    prompt: str = say("the prompt"),
    negative: str = say("the negative prompt"),
) -> str:
    """What to do, and the words last, since they may be more than their line holds. prompt,
    negative: what the two are called."""
    name = negative if unread.is_negative else prompt
    if unread.reason == "guidance":
        return say(
            "Raise the guidance above 1 to have {prompt} read: {words}",
            prompt=name,
            words=unread.words,
        )
    if unread.reason == "pipeline":
        return say(
            "Leave {prompt} empty, which this base does not read: {words}",
            prompt=name,
            words=unread.words,
        )
    if unread.reason == "weights":
        return say(
            "{encoders} reads {prompt} without weights: {words}",
            encoders=" + ".join(unread.encoders),
            prompt=name,
            words=unread.words,
        )
    if unread.encoders:
        return say(
            "Shorten {prompt}; not read by {encoders} (beyond {limit} tokens): {words}",
            prompt=name,
            encoders=with_and(unread.encoders),
            limit=unread.limit,
            words=unread.words,
        )
    return say(
        "Shorten {prompt}; not read (beyond {limit} tokens): {words}",
        prompt=name,
        limit=unread.limit,
        words=unread.words,
    )
