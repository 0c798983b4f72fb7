"""Who makes the pictures of an experiment in the studio, as values for who chooses and shows."""

from typing import Literal

import msgspec

from loraviewer.core.sentences import say

Who = Literal["studio", "processes", "cluster"]
LOCAL = "local"
"""The address of a cluster that is started here, and ends with the experiment."""
MOST_WORKERS = 256


class RunsOn(msgspec.Struct, frozen=True, kw_only=True):
    """`studio`: the engine of the window, while nobody else needs it. `processes`: `workers` of
    this computer, each with a base of its own. `cluster`: of Ray, at `address`, with as many
    workers as there is room for. Each place keeps what is its own while another one is chosen;
    `workers` is 0 where earlier versions chose a cluster."""

    who: Who = "studio"
    address: str = LOCAL
    workers: int = 2

    def problem(self) -> str | None:
        """One sentence about what cannot be, or None."""
        if self.who == "processes" and not 1 <= self.workers <= MOST_WORKERS:
            return say("Workers must lie between 1 and {most}.", most=MOST_WORKERS)
        if self.who == "cluster" and not self.address.strip():
            return say("Give the address of a Ray cluster, as HOST:PORT, or “local”.")
        return None


IN_STUDIO = RunsOn()


class AtWork(msgspec.Struct, frozen=True):
    """How many there are now, and at how many pictures. `sentence`: what happened to them last, ""
    for nothing of note."""

    nodes: int
    workers: int
    running: int
    sentence: str = ""
