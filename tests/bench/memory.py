"""Resident memory over a thousand adapter swaps, on the bundled demo.

python -m tests.bench.memory [swaps]

Adapters of the demo take turns alone and in pairs, with a fader held now and then; at the end the
stack is the one that was there after the first swaps.
"""

import sys

import psutil

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.allocator import give_back_freed_memory
from loraviewer.core.cancel import CancelToken
from loraviewer.core.resources import DEMO, demo_adapters
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.opening.checkpoint import open_stored_networks
from tests.bench.figures import Figure, keep, print_table
from tests.listeners import silent

SWAPS = 1_000
WARM = 50


def resident_bytes() -> int:
    give_back_freed_memory()
    return psutil.Process().memory_info().rss


def measure(swaps: int = SWAPS) -> list[Figure]:
    networks = open_stored_networks(DEMO, CancelToken(), silent)
    merger, loaded = WeightMerger(networks), LoadedAdapters(TargetIndex.of(networks))
    known = [
        AppliedAdapter(file_sha256(path), 0.8, 0.8, path.stem, str(path))
        for path in demo_adapters()
    ]

    def swap(i: int) -> None:
        count = 1 + i % 2
        stack = tuple(sorted({known[(i * 7 + k) % len(known)] for k in range(count)}))
        held = stack[0].sha256 if i % 5 == 0 else ""
        merger.apply(stack, loaded.adapters(stack, CancelToken()), CancelToken(), held)

    for i in range(WARM):
        swap(i)
    swap(WARM + 1)
    before = resident_bytes()
    for i in range(swaps):
        swap(i)
    swap(WARM + 1)
    ratio = resident_bytes() / before
    return [
        Figure("swaps_resident", ratio, "×", 1.02, what=f"memory after {swaps} adapter swaps"),
        Figure("swaps_held", merger.kept_bytes / merger.touched_bytes, "×", 1.05, what="kept then"),
    ]


def main() -> None:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else SWAPS)
    keep("memory", figures)
    print_table("memory: the demo", figures)


if __name__ == "__main__":
    main()
