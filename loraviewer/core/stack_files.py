"""Stacks as files tell them: as they are, without the sum, which is what a stack is by itself.

So files of stacks that are sums are what they ever were, and older versions read them.
"""

from typing import Any

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.merge_rules import SUM
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.stack import AdapterStack

_FIELD = "merge_rule"
_SUM = msgspec.to_builtins(SUM)


def encode_stack(stack: AdapterStack) -> str:
    plain = msgspec.to_builtins(stack)
    leave_out_sums(plain)
    return encode_json(plain).decode()


def leave_out_sums(plain: Any) -> None:
    """From a struct made plain, wherever it holds stacks."""
    left = [plain]
    while left:
        value = left.pop()
        if is_table(value):
            if value.get(_FIELD) == _SUM:
                del value[_FIELD]
            left += value.values()
        elif is_array(value):
            left += value
