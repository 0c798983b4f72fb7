"""What files leave out, so that those of people who use nothing newer are what they ever were, and
older versions read them: a stack's sum, which is what it is by itself, rows that are for more than
drafts, a prompt that leaves nothing to the seed and was written by the person, and a denoiser that
ran as its library runs it."""

from typing import Any

import msgspec

from loraviewer.core.merge_rules import SUM
from loraviewer.core.plain_values import is_array, is_table

_OF_SAMPLINGS = {"template": "", "author": None}
_USUAL = {
    "merge_rule": msgspec.to_builtins(SUM),
    "for_drafts": None,
    "is_compiled": False,
    **_OF_SAMPLINGS,
}


def leave_out_unsaid(sampling: dict[str, Any]) -> None:
    """From one made plain."""
    for name, usual in _OF_SAMPLINGS.items():
        if sampling[name] == usual:
            del sampling[name]


def leave_out_usual(plain: Any) -> None:
    """From a struct made plain, wherever it holds stacks and samplings."""
    left = [plain]
    while left:
        value = left.pop()
        if is_table(value):
            for name, usual in _USUAL.items():
                if name in value and value[name] == usual:
                    del value[name]
            left += value.values()
        elif is_array(value):
            left += value
