"""All modules or none."""

from collections.abc import Callable, Sequence
from types import TracebackType

from loraviewer.adapters.merging.merger import MergeOutOfMemory
from loraviewer.adapters.targets import WeightKey


class Transaction:
    """Leaving with an exception rolls back every module that was begun; then, or after all went
    well, `clean_up` is called."""

    def __init__(
        self,
        roll_back: Callable[[Sequence[WeightKey], bool], None],
        clean_up: Callable[[], None],
    ) -> None:
        """roll_back: of these modules; whether memory is short."""
        self._roll_back = roll_back
        self._clean_up = clean_up
        self._begun: list[WeightKey] = []

    def add(self, key: WeightKey) -> None:
        self._begun.append(key)

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._roll_back(self._begun, isinstance(error, MergeOutOfMemory))
        self._clean_up()
