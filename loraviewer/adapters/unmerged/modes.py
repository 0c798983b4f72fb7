"""Whether adapters are merged into a component's weights or computed beside them, and why."""

from collections.abc import Collection, Mapping
from typing import assert_never

from torch import nn

from loraviewer.adapters.storage import packing_of
from loraviewer.core.reports import ModeChoice
from loraviewer.core.request import AskedMergeMode
from loraviewer.core.sentences import say

_ASKED = say("You asked for adapters beside the weights.")
_STARVED = say(
    "There is no memory for copies of its weights, so adapters are computed beside them."
)
_MERGED = say("Adapters are merged into its weights.")


def merge_modes(
    components: Mapping[str, nn.Module],
    asked: AskedMergeMode = "auto",
    starved: Collection[str] = (),
) -> dict[str, ModeChoice]:
    """The mode of every component.

    Weights that only their own module can read (int8, 4-bit) cannot be merged into, whatever is
    asked. `starved`: components whose base weights there is no memory to keep a copy of; only
    `auto` heeds them.
    """
    return {
        component: _choice(component, network, asked, component in starved)
        for component, network in components.items()
    }


def _choice(
    component: str, network: nn.Module, asked: AskedMergeMode, is_starved: bool
) -> ModeChoice:
    packing = next(filter(None, map(packing_of, network.modules())), "")
    if packing:
        reason = say(
            "Its weights are quantised ({packing}), so adapters are computed beside them.",
            packing=packing,
        )
        return ModeChoice(component, "unmerged", reason)
    match asked:
        case "unmerged":
            return ModeChoice(component, "unmerged", _ASKED)
        case "merged":
            return ModeChoice(component, "merged", _MERGED)
        case "auto" if is_starved:
            return ModeChoice(component, "unmerged", _STARVED)
        case "auto":
            return ModeChoice(component, "merged", _MERGED)
        case _:
            assert_never(asked)
