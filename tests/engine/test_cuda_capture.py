"""What is asked of torch to capture CUDA graphs, in which order, with a card that is none: torch's
own context around a capture is the real one."""

from typing import Any

import pytest
import torch

from loraviewer.engine.compiling.cuda_capture import CudaCapture, cuda_capture

CARD = torch.device("cuda", 0)


class Card:
    """Streams, graphs and pools of a card, as far as they are asked for. `heard`: what of it, in
    order. `breaks`: at which of torch's calls a capture fails."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.breaks = ""
        self.current = "usual"
        self.pools = 0
        self.recording: set[int] = set()
        self.used: dict[int, int] = {}

    def say(self, what: str) -> None:
        self.heard.append(what)
        if self.breaks == what:
            raise RuntimeError(f"{what} failed")

    def pool(self) -> int:
        self.pools += 1
        return self.pools

    def end(self, index: int, pool: int) -> None:
        if pool not in self.recording:
            raise RuntimeError("not currently recording to mempool_id")
        self.recording.discard(pool)

    def release(self, index: int, pool: int) -> None:
        self.used[pool] -= 1


class Current:
    """As torch's context of a stream, which only its own exit leaves."""

    def __init__(self, card: Card, stream: "Stream") -> None:
        self.card, self.name, self.before = card, stream.name, ""

    def __enter__(self) -> None:
        self.before, self.card.current = self.card.current, self.name

    def __exit__(self, *_: object) -> None:
        self.card.current = self.before


class Stream:
    device_index = 0

    def __init__(self, card: Card, name: str = "own") -> None:
        self.card, self.name = card, name

    def wait_stream(self, other: "Stream") -> None:
        self.card.say(f"{self.name} waits for {other.name}")


class Graph:
    """As torch's `CUDAGraph`: a pool is left open where the end of a capture fails."""

    def __init__(self, card: Card) -> None:
        self.card, self.has_ended, self.pool = card, False, 0

    def capture_begin(self, pool: int, **_: object) -> None:
        assert self.card.current == "own"
        assert self.card.used.get(pool, 1) > 0, "a pool that nobody used any more"
        self.pool = pool
        self.card.recording.add(pool)
        self.card.used[pool] = self.card.used.get(pool, 0) + 1
        self.card.say("begin")

    def capture_end(self) -> None:
        assert self.card.current == "own"
        self.card.say("end")
        self.card.recording.discard(self.pool)
        self.has_ended = True

    def replay(self) -> None:
        self.card.say(f"replay on {self.card.current}")

    def reset(self) -> None:
        if self.has_ended:
            self.card.used[self.pool] -= 1
        self.has_ended = False


class Output:
    """Of a tensor, what a capture asks for."""

    def __init__(self, card: Card) -> None:
        self.card = card

    def record_stream(self, stream: Stream) -> None:
        self.card.say(f"kept for {stream.name}")


@pytest.fixture
def card(monkeypatch) -> Card:
    made = Card()
    named = {
        "Stream": lambda device: Stream(made),
        "current_stream": lambda device: Stream(made, made.current),
        "stream": lambda stream: Current(made, stream),
        "CUDAGraph": lambda: Graph(made),
        "graph_pool_handle": made.pool,
        "synchronize": lambda *_: None,
        "empty_cache": lambda: made.say("emptied"),
    }
    for name, value in named.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(torch._C, "_host_emptyCache", lambda: None, raising=False)
    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", made.end, raising=False)
    monkeypatch.setattr(torch._C, "_cuda_releasePool", made.release, raising=False)
    return made


def work(card: Card) -> Any:
    def done() -> Output:
        card.say(f"work on {card.current}")
        return Output(card)

    return done


def test_the_first_call_is_done_beside_and_waited_for(card):
    CudaCapture(CARD).warm(work(card))
    assert card.heard == [
        "own waits for usual",
        "work on own",
        "usual waits for own",
        "kept for usual",
    ]


def test_a_capture_is_replayed_where_the_caller_is(card):
    replay = CudaCapture(CARD).record(work(card))
    assert card.heard == ["emptied", "begin", "work on own", "end"]
    replay()
    assert card.heard[-1] == "replay on usual"
    assert not card.recording


def test_captures_share_a_pool_until_it_is_given_back(card):
    capture = CudaCapture(CARD)
    replays = [capture.record(work(card)) for _ in range(2)]
    assert card.used == {1: 2}
    for replay in replays:
        replay.close()
    capture.give_back()
    capture.record(work(card))
    assert card.used == {1: 0, 2: 1}


@pytest.mark.parametrize("where", ["begin", "work on own", "end"])
def test_a_capture_that_breaks_leaves_nothing_behind(card, where):
    card.breaks = where
    with pytest.raises(RuntimeError, match=f"{where} failed"):
        CudaCapture(CARD).record(work(card))
    assert card.current == "usual"
    assert not card.recording, "the allocator would still give memory of the pool out"
    assert card.used == {1: 0}


def test_only_a_card_can_capture():
    assert cuda_capture(torch.device("cpu")) is None
    assert isinstance(cuda_capture(CARD), CudaCapture)
