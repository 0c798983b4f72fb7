"""What a measurement was made of and with, so that it can be made again."""

import platform
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from loraviewer import __version__


@dataclass(frozen=True)
class Provenance:
    """`command` makes it again. `base`: as it was given; `fingerprint` of all its weights, "" where
    these were not read. `adapters`: name, path and sha256 of each."""

    command: str
    base: str
    fingerprint: str
    adapters: tuple[tuple[str, str, str], ...]

    def lines(self) -> list[tuple[str, str]]:
        """Label and value, of this moment and these versions."""
        read = self.fingerprint or "not read: headers only"
        return [
            ("command", self.command),
            ("made at", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
            ("base", f"{self.base} (fingerprint of its weights: {read})"),
            *((f"adapter “{name}”", f"{path} (sha256 {sha})") for name, path, sha in self.adapters),
            ("versions", _versions()),
        ]


def _versions() -> str:
    libraries = f"torch {torch.__version__}, numpy {np.__version__}"
    return f"loraviewer {__version__}, {libraries}, Python {platform.python_version()}"
