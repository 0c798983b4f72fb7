"""Many stacks one after the other, and the proof that nothing of them is left."""

import random

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure
from tests.bench.gpu.networks import Subject
from tests.bench.gpu.timing import Clock

_ADAPTERS = 5


def measured(subject: Subject, clock: Clock, swaps: int) -> list[Figure]:
    merger = WeightMerger({subject.component: subject.network})
    adapters = {adapter.sha256: adapter for adapter in subject.adapters(_ADAPTERS)}
    base, chance = merger.fingerprint(), random.Random(0)

    def swap() -> None:
        stack = [
            AppliedAdapter(sha, chance.uniform(-1.0, 1.5), 0.0)
            for sha in adapters
            if chance.random() < 0.7
        ]
        held = chance.choice(("", *(entry.sha256 for entry in stack)))
        merger.apply(stack, adapters, CancelToken(), held=held)

    def all_swaps() -> None:
        for _ in range(swaps):
            swap()

    spent = clock.once_ms(all_swaps)
    wrong = len(merger.verify())
    merger.restore()
    is_base = merger.fingerprint() == base and merger.verify() == ()
    return [
        Figure(f"swap {subject.name}", spent / swaps, "ms", what=f"the mean of {swaps}"),
        Figure(f"swap_wrong {subject.name}", wrong, "", 0.0, what="weights, after all of them"),
        Figure(f"swap_restored {subject.name}", float(is_base), "", 1.0, True, "to the base"),
    ]
