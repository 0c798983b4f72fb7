"""Where the base weights of touched weights are kept: chosen from what is free, told before it is
done."""

from typing import Literal

import msgspec

from loraviewer.core.memory_plan import MemoryPlan, Policy
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import figure, say, together, with_and
from loraviewer.core.sizes import bytes_text

AskedPolicy = Literal["auto", "resident", "pinned", "lean"]

_SHARE = 2
"""Base weights may take one part in this many of what is free, unless a person says otherwise."""

_HOST_HELD_SHARE = 0.75
_CARD_HELD_SHARE = 0.5
"""Of what is free, base weights and what a held fader keeps may take so much together. The rest is
for pictures: in main memory the system helps out, on a graphics card nothing does. With 7 GB free
beside SDXL in two bytes (4.4 GB touched), a fader then holds the ground of every weight."""


class MemoryWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants. `limit_bytes`: for the base weights, None for half of what is free."""

    policy: AskedPolicy = "auto"
    limit_bytes: int | None = None


class MemoryBudget(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that base weights could have: those that are free and those that they already take.

    `device_free` is of the graphics card; None where the weights live in main memory.
    """

    host_free: int
    device_free: int | None = None
    wishes: MemoryWishes = MemoryWishes()


def wants_file(touched_bytes: int, budget: MemoryBudget) -> bool:
    """Whether the choice depends on what the file of the checkpoint can give again."""
    asked = budget.wishes.policy
    if asked != "auto":
        return asked == "lean"
    needs = _needs(touched_bytes, 0, budget)
    return all(kept > _room(policy, budget) for policy, kept in needs.items())


def choose_policy(
    touched_bytes: int, budget: MemoryBudget, rereadable_bytes: int = 0
) -> MemoryPlan:
    """The fastest way to keep `touched_bytes` of base weights that fits the budget.

    `rereadable_bytes`: how many of them the file of the checkpoint can give again. Raises
    `MergeError` with one sentence where nothing fits, or where what a person asked for does not.
    """
    asked = budget.wishes.policy
    needs = _needs(touched_bytes, rereadable_bytes, budget)
    wanted: dict[Policy, int] = needs
    if asked != "auto":
        wanted = {asked: needs.get(asked, touched_bytes)}
    for policy, kept_bytes in wanted.items():
        if kept_bytes <= _room(policy, budget):
            return _plan(policy, touched_bytes, kept_bytes, budget)
    raise MergeError(_refusal(touched_bytes, budget))


def _needs(touched: int, rereadable: int, budget: MemoryBudget) -> dict[Policy, int]:
    """Bytes that each policy keeps, the fastest first. Without a graphics card there is only one
    memory to keep them in; without a file to read there is nothing but to keep them."""
    needs: dict[Policy, int] = {"resident": touched}
    if budget.device_free is not None:
        needs["pinned"] = touched
    if rereadable:
        needs["lean"] = touched - rereadable
    return needs


def _free(policy: Policy, budget: MemoryBudget) -> int:
    """In the memory that the policy uses; what lean cannot read again stays beside the live."""
    if policy == "pinned" or budget.device_free is None:
        return budget.host_free
    return budget.device_free


def _room(policy: Policy, budget: MemoryBudget) -> int:
    free, limit = _free(policy, budget), budget.wishes.limit_bytes
    if limit is not None:
        return min(limit, free)
    return free // _SHARE if budget.wishes.policy == "auto" else free


def _plan(policy: Policy, touched: int, kept: int, budget: MemoryBudget) -> MemoryPlan:
    return MemoryPlan(
        policy=policy,
        touched_bytes=touched,
        kept_bytes=kept,
        held_budget=_held_budget(policy, touched, kept, budget),
        sentence=_sentence(policy, touched, kept, budget),
    )


def _held_budget(policy: Policy, touched: int, kept: int, budget: MemoryBudget) -> int:
    """What a held fader may keep beside the live weights: at most two copies of what it changes."""
    has_card, limit = budget.device_free is not None, budget.wishes.limit_bytes
    share = _CARD_HELD_SHARE if has_card else _HOST_HELD_SHARE
    room = int(share * _free("resident", budget))
    if limit is not None:
        room = min(room, limit)
    beside = 0 if policy == "pinned" and has_card else kept
    return min(max(0, room - beside), 2 * touched)


def _sentence(policy: Policy, touched: int, kept: int, budget: MemoryBudget) -> str:
    if touched == 0:
        return say("Keeps no base weights: the weights are the base’s own.")
    size = bytes_text(kept)
    has_card, is_chosen = budget.device_free is not None, budget.wishes.policy == "auto"
    if policy == "resident":
        return say("Keeps {size} of base weights.", size=size)
    if policy == "pinned":
        if not has_card or not is_chosen:
            return say("Keeps {size} of base weights in main memory.", size=size)
        return say(
            "Keeps {size} of base weights in main memory: {why}.", size=size, why=_card_left(budget)
        )
    why = _card_left(budget) if has_card else _memory_left(budget)
    because = say(" ({why})", why=why) if is_chosen else ""
    if kept == touched:
        return say(
            "Keeps {size} of base weights{because}: the file cannot give them again.",
            size=size,
            because=because,
        )
    if kept:
        return say(
            "Keeps {size} of base weights{because} and reads the others from the file again at "
            "every change.",
            size=size,
            because=because,
        )
    return say(
        "Keeps no base weights{because}: reads them from the file again at every change.",
        because=because,
    )


def _card_left(budget: MemoryBudget) -> str:
    return say(
        "the graphics card has {size} left", size=figure(bytes_text(budget.device_free or 0))
    )


def _memory_left(budget: MemoryBudget) -> str:
    return say("main memory has {size} left", size=figure(bytes_text(budget.host_free)))


def _refusal(touched: int, budget: MemoryBudget) -> str:
    limit, asked = budget.wishes.limit_bytes, budget.wishes.policy
    places = [_memory_left(budget)]
    if budget.device_free is not None:
        places.insert(0, _card_left(budget))
    if limit is not None:
        places.append(say("base weights may take {size}", size=figure(bytes_text(limit))))
    ways: list[str] = [say("remove an adapter"), say("close other programs")]
    ways += [say("raise memory_budget_gb")] if limit is not None else []
    ways += [say("let base weights be lean")] if asked in ("resident", "pinned") else []
    return say(
        "This stack needs {size} to keep the base weights of what it changes, but {places}; "
        "{ways} or {way}.",
        size=figure(bytes_text(touched)),
        places=with_and(places),
        ways=together(ways[:-1], ", "),
        way=ways[-1],
    )
