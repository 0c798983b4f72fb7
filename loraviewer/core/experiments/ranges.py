"""Seeds and depths as people type them: `8`, `1-8`, `1,2,4-6`."""

from loraviewer.core.numbers import read_whole
from loraviewer.core.sentences import say

MOST = 100_000


def read_seeds(text: str) -> tuple[int, ...]:
    """`N`: the seeds 1 … N; `A-B`: from A to B. Raises `ValueError` with one sentence."""
    count = read_whole(text)
    if count is not None:
        return _between(1, count, text)
    return read_numbers(text)


def read_numbers(text: str) -> tuple[int, ...]:
    """Whole numbers and ranges of them between commas, each kept once. Raises `ValueError`."""
    found: dict[int, None] = {}
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low, high = read_whole(first), read_whole(last if dash else first)
        if low is None or high is None:
            raise ValueError(
                say("“{text}” is no list of whole numbers; write it as 1,2,4 or 1-8.", text=text)
            )
        found |= dict.fromkeys(_between(low, high, text))
    return tuple(found)


def _between(low: int, high: int, text: str) -> tuple[int, ...]:
    if not low <= high < low + MOST:
        raise ValueError(
            say("“{text}” is no range of 1 to {most} whole numbers.", text=text, most=MOST)
        )
    return tuple(range(low, high + 1))


def usual_depths(count: int) -> tuple[int, ...]:
    """1, 2, 4 … up to `count`, which is the last."""
    powers = (2**power for power in range(count.bit_length()))
    return (*(depth for depth in powers if depth < count), count)
