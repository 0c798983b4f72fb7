"""What computes a picture, by a name that is the same where its last digits are."""

import contextlib
import platform
import sys
from pathlib import Path

_PROCESSOR = Path("/proc/cpuinfo")
_MODEL = "model name"


def device_kind(device: str) -> str:
    """device: cpu, cuda or mps, as torch calls it. Libraries choose their sums by the make of a
    processor and by what it can, so both are in its name."""
    torch = sys.modules.get("torch")
    if torch is None:  # who makes pictures without it makes the same everywhere
        return ""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    if device == "mps":
        return f"{platform.machine()} GPU"
    return f"{_processor()}, {torch.backends.cpu.get_cpu_capability()}"


def _processor() -> str:
    with contextlib.suppress(OSError, UnicodeError):
        for line in _PROCESSOR.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == _MODEL:
                return " ".join(value.split())
    return platform.processor() or platform.machine()
