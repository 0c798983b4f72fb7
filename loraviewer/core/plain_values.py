"""What decoded JSON consists of, told apart in a way that type checkers follow.

`isinstance(value, dict)` says nothing of what is inside, which strict checking refuses.
"""

from collections.abc import Sequence
from typing import Any, TypeGuard


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    """Of JSON and of structs made plain, whose keys are texts."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """JSON's lists, and the tuples of frozen values that become them."""
    return isinstance(value, list | tuple)
