"""Python packages that only some bases need, and that are installed beside loraviewer."""

import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.families import family_title
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say


@dataclass(frozen=True)
class OptionalPackage:
    """`least`: the oldest version that may be used. `extra`: what installs it, as in
    `pip install "loraviewer[extra]"`."""

    name: str
    least: tuple[int, ...]
    extra: str

    @property
    def is_usable(self) -> bool:
        """Looks it up without importing it. A copy that tells no version is taken as it is."""
        if importlib.util.find_spec(self.name) is None:
            return False
        try:
            return _numbers(importlib.metadata.version(self.name)) >= self.least
        except importlib.metadata.PackageNotFoundError:
            return True


SENTENCEPIECE = OptionalPackage("sentencepiece", (0, 2, 3), "kolors")
"""Before 0.2.2 a vocabulary could crash it or make it read beyond its memory, and 0.2.2 does not
open all that came before; vocabularies come from strangers."""

_NEEDED: Mapping[str, OptionalPackage] = {"kolors": SENTENCEPIECE}
"""Family → what its prompts are read with."""


def check_packages(path: Path, family: str) -> None:
    """Raises `CheckpointError` that says what to install where the family's package is missing."""
    package = _NEEDED.get(family)
    if package is not None and not package.is_usable:
        raise CheckpointError(
            say(
                "{path}: {title} needs the Python package {package} ({version} or newer); install "
                'it with “pip install "loraviewer[{extra}]"” and open it again.',
                path=str(path),
                title=family_title(family),
                package=package.name,
                version=".".join(map(str, package.least)),
                extra=package.extra,
            )
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Of a version such as 0.2.3 or 0.2.4rc1, up to the first part that is no number."""
    parts: list[int] = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        parts.append(int(part))
    return tuple(parts)
