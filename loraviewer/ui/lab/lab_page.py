"""What the weights dock asks of its pages."""

from typing import Protocol


class LabPage(Protocol):
    """A QWidget. Pages are built when they are first looked at."""

    def watch(self, on: bool) -> None:
        """Whether anybody looks: only then may it measure, reckon and draw. Called before it is
        shown and after it is hidden."""
        ...
