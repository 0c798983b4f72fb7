"""Everything that only a graphics card can say, as a table and as build/bench-gpu.json.

python -m tests.bench.gpu [--device cpu --tiny] [--rounds N] [--switches] [--compile] [NETWORK ...]

Networks of published sizes with random weights, from the bundled configurations: nothing is
downloaded, and nothing but what the studio itself needs must be installed (with PEFT, diffusers'
fuse is measured too). On a CPU, tiny ones show that all of it runs; their times mean nothing.
"""

import argparse
import gc
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from loraviewer.engine.device import free_caches
from tests.bench.figures import Figure
from tests.bench.gpu import compiled, drags, merging, steps, swaps
from tests.bench.gpu.networks import NAMES, Place, Subject, subject
from tests.bench.gpu.timing import Clock

OUT = Path("build") / "bench-gpu.json"
_ROUNDS, _SWAPS, _DRAGS = 15, 1000, 5
_TINY_ROUNDS, _TINY_SWAPS, _TINY_DRAGS = 2, 20, 1
_NO_CARD = (
    "There is no graphics card here, and only one can say what this bench asks; "
    "`--device cpu --tiny` shows that it runs."
)

_Part = Callable[[Subject, Clock], list[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parsed(arguments)
    device = torch.device(asked.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        print(_NO_CARD, file=sys.stderr)
        return 1
    figures = measured(asked, device)
    _keep(device, figures, asked.out)
    print(_title(device, asked.tiny))
    for figure in figures:
        print(figure.row())
    return int(not all(figure.is_met for figure in figures) and not asked.tiny)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NAMES))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument(
        "--switches", action="store_true", help="attention back-ends, channels_last"
    )
    parser.add_argument(
        "--compile", action="store_true", help="on a CPU, too, where it takes minutes"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.networks) - set(NAMES):
        parser.error(f"there is no network {', '.join(sorted(unknown))}")
    return asked


def measured(asked: argparse.Namespace, device: torch.device) -> list[Figure]:
    rounds = asked.rounds or (_TINY_ROUNDS if asked.tiny else _ROUNDS)
    clock = Clock(device, rounds)
    figures: list[Figure] = []
    for name in asked.networks or NAMES:
        place = Place(device, _dtype(name, device), asked.tiny)
        for part in _parts(asked):
            figures += _in_turn(
                lambda part=part, n=name, p=place: part(subject(n, p), clock), device
            )
        if name != "flux1-dev":
            count = _TINY_DRAGS if asked.tiny else _DRAGS
            figures += _in_turn(partial(drags.measured, name, place, count), device)
    return figures


def _of_subject(part: _Part, name: str, place: Place, clock: Clock) -> list[Figure]:
    return part(subject(name, place), clock)


def _parts(asked: argparse.Namespace) -> list[_Part]:
    """Each with a fresh network; compiling only where that can be worth it."""
    swapped = _TINY_SWAPS if asked.tiny else _SWAPS
    parts: list[_Part] = [
        steps.merged,
        lambda found, clock: swaps.measured(found, clock, swapped),
        merging.measured,
        steps.streamed,
    ]
    is_compiled = asked.compile or torch.device(asked.device).type == "cuda"
    parts += [compiled.measured] if is_compiled else []
    return [*parts, steps.switches] if asked.switches else parts


def _in_turn(part: Callable[[], list[Figure]], device: torch.device) -> list[Figure]:
    """The memory of the one before is free; what finds no room says so, and others go on."""
    try:
        found = part()
    except torch.OutOfMemoryError as error:
        print(f"There is not enough memory: {str(error).splitlines()[0]}")
        found = []
    gc.collect()
    free_caches(device)
    return found


def _dtype(name: str, device: torch.device) -> torch.dtype:
    """As the studio has it on this device."""
    if device.type == "cpu":
        return torch.float32
    return torch.bfloat16 if name == "flux1-dev" else torch.float16


def _title(device: torch.device, is_tiny: bool) -> str:
    machine = f"{_machine(device)}, torch {torch.__version__}"
    if is_tiny:
        return f"{machine}: tiny networks, whose times mean nothing"
    return f"{machine} (wanted of an H100)"


def _machine(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()


def _keep(device: torch.device, figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "machine": _machine(device),
        "torch": torch.__version__,
        "figures": [asdict(figure) | {"is_met": figure.is_met} for figure in figures],
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
