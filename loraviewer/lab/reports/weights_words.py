"""A measured stack in plain words: what a person should know before looking at any number."""

from collections.abc import Iterator, Sequence
from typing import Any

from loraviewer.core.collisions import Collision
from loraviewer.lab.reports.collision_words import collision_sentences
from loraviewer.lab.reports.html_text import minus, number, percent

_ALIKE, _AGAINST = 1.05, 0.95
"""Beyond these a coherence is worth a sentence."""

STACK_MEANINGS: dict[str, str] = {
    "modules": "how many modules of the base the stack changes",
    "norm": "‖S‖, the size of the whole change S = Σ strength · ΔW (Frobenius)",
    "base_norm": "‖W₀‖, the size of the weights that it changes, before it does",
    "relative": "‖S‖ / ‖W₀‖: how large the change is beside what was there",
    "incoherent_norm": "what ‖S‖ would be if no two adapters had anything in common",
    "coherence": "‖S‖ over that: 1 unrelated, above 1 they pull the same way, below 1 they cancel",
}


def summary(
    facts: dict[str, Any],
    names: Sequence[str],
    pairs: Sequence[Collision],
    landings: Sequence[dict[str, Any]],
) -> list[str]:
    """Sentences, the most important first. names: of all adapters, as the page calls them."""
    return [
        *_partial(landings),
        *_left_out(facts),
        _size(facts),
        *_owner(facts, names),
        *_coherence(facts),
        *_strongest_block(facts["blocks"]),
        *_worst_pair(names, pairs),
    ]


def _partial(landings: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A wrong or half-loaded adapter is told before anything else."""
    for one in landings:
        if one["matched"] < one["total"]:
            share = one["energy_share"]
            energy = "" if share is None else f" and {percent(share)} of its energy"
            yield (
                f"“{one['name']}” landed only in part: {one['matched']} of {one['total']} modules"
                f"{energy} fit this base; what follows is about that part."
            )


def _left_out(facts: dict[str, Any]) -> Iterator[str]:
    for one in facts.get("needs_base", []):
        yield (
            f"Of “{one['name']}” {len(one['modules'])} modules ({', '.join(one['kinds'])}) depend "
            "on the values of the base, which were not read: they count nowhere here."
        )


def _size(facts: dict[str, Any]) -> str:
    whole, count = facts["stack"], len(facts["adapters"])
    who = "One adapter changes" if count == 1 else f"Together {count} adapters change"
    if not whole["modules"]:
        return "At these strengths the stack changes nothing."
    told = f"{who} {whole['modules']} modules by {number(whole['norm'])}"
    if whole["relative"] is None:
        return f"{told}; how much that is beside their weights is not known without these."
    return f"{told}, which is {percent(whole['relative'])} of the size of their weights."


def _owner(facts: dict[str, Any], names: Sequence[str]) -> Iterator[str]:
    shares = [one["share"] for one in facts["adapters"]]
    known = [(share, name) for share, name in zip(shares, names, strict=True) if share is not None]
    if len(known) < 2:
        return
    largest, most = max(known)
    yield f"Most of it is “{most}” ({percent(largest)})."
    smallest, least = min(known)
    if smallest < 0.0:
        yield f"“{least}” makes it weaker ({percent(smallest)})."


def _coherence(facts: dict[str, Any]) -> Iterator[str]:
    coherence = facts["stack"]["coherence"]
    if coherence is None or len(facts["adapters"]) < 2:
        return
    times = minus(f"{coherence:.2f}")
    if coherence > _ALIKE:
        yield (
            f"They pull the same way: together they are {times} times as strong as unrelated "
            "changes of their sizes would be."
        )
    elif coherence < _AGAINST:
        yield (
            f"They cancel each other in part: together they are {times} times as strong as "
            "unrelated changes of their sizes would be."
        )
    else:
        yield "Together they are as strong as unrelated changes of their sizes would be."


def _strongest_block(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    by = "relative" if any(b["relative"] is not None for b in blocks) else "norm"
    known = [block for block in blocks if block[by]]
    if len(known) < 2:
        return
    most = max(known, key=lambda block: block[by])
    size = f"{percent(most[by])} of its weights" if by == "relative" else f"by {number(most[by])}"
    yield f"The block that changes most is {most['block']} of {most['component']} ({size})."


def _worst_pair(names: Sequence[str], pairs: Sequence[Collision]) -> Iterator[str]:
    if not pairs:
        return
    if not any(pair.meetings for pair in pairs):
        yield "No two of them meet anywhere beyond chance."
        return
    yield collision_sentences(pairs[0], names)
