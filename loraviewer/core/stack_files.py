"""Stacks as files tell them (`left_out`)."""

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.left_out import leave_out_usual
from loraviewer.core.stack import AdapterStack


def encode_stack(stack: AdapterStack) -> str:
    plain = msgspec.to_builtins(stack)
    leave_out_usual(plain)
    return encode_json(plain).decode()
