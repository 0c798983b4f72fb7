"""How the base weights of a stack are kept, as a value that crosses to the window."""

from typing import Literal

import msgspec

Policy = Literal["resident", "pinned", "lean"]
"""`resident`: beside the live weights. `pinned`: in main memory, for weights on a graphics card.
`lean`: nowhere; they are read from the checkpoint's file again whenever they are needed."""


class MemoryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a stack's base weights are kept. `kept_bytes` of them take memory.

    `held_budget`: bytes beside the live weights that a held fader may keep for its next ticks.
    `sentence` says it all to the person.
    """

    policy: Policy
    touched_bytes: int
    kept_bytes: int
    held_budget: int
    sentence: str
