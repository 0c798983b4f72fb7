"""What a bench measured: figures with their bounds, printed as a table, kept as JSON."""

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

OUT = Path("build") / "bench.json"


@dataclass(frozen=True)
class Figure:
    """One measured number. `bound` with `is_least`: at least, else at most; None for facts."""

    name: str
    value: float
    unit: str = ""
    bound: float | None = None
    is_least: bool = False
    what: str = ""

    @property
    def is_met(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    def row(self) -> str:
        bound = "" if self.bound is None else f"{'≥' if self.is_least else '≤'} {self.bound:g}"
        verdict = "" if self.bound is None else ("met" if self.is_met else "MISSED")
        value = f"{self.value:.4g} {self.unit}"
        return f"  {self.name:34} {value:>14}  {bound:>8} {verdict:7} {self.what}"


def print_table(title: str, figures: Iterable[Figure]) -> None:
    print(f"{title} (load average {os.getloadavg()[0]:.1f})")
    for figure in figures:
        print(figure.row())


def keep(bench: str, figures: Sequence[Figure], path: Path = OUT) -> None:
    """Replace what `bench` measured before in the file of all benches."""
    path.parent.mkdir(exist_ok=True)
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    known[bench] = [asdict(figure) | {"is_met": figure.is_met} for figure in figures]
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False), "utf-8")


def alternating_s(works: Sequence[Callable[[int], object]], rounds: int) -> list[float]:
    """Least seconds of each, measured in turns: what else the machine does only ever adds."""
    times: list[list[float]] = [[] for _ in works]
    for i in range(rounds):
        for work, spent in zip(works, times, strict=True):
            started = time.perf_counter()
            work(i)
            spent.append(time.perf_counter() - started)
    return [min(spent) for spent in times]
