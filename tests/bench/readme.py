"""Write the performance section of the manual from what `make bench` measured.

python -m tests.bench.readme

Between two comments in `speed.md` everything is generated; a figure that missed its bound says so.
"""

import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from tests.bench.figures import OUT

SPEED = Path("resources/manual/speed.md")
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"

_BOUND_WORDS = {
    "tick_vs_diffusers": "a tick of one held fader of 5, against diffusers' `unfuse_lora` + "
    "`set_adapters` + `fuse_lora`",
    "tick_vs_copy": "the same against one copy of the touched weights",
    "settle_vs_diffusers": "letting go: the canonical float32 sum of all 5, rounded once",
    "tick_vs_prepared": "the tick again, against diffusers with our allocator and thread settings",
    "settle_vs_prepared": "letting go again, against the same",
    "deep_tick": "one held fader of 100 adapters, against one of 5",
    "deep_grasp": "settling 100 adapters, against the first tick of one grasped fader of theirs",
    "memory_extra": "bytes kept at rest, over bytes of touched weights",
    "step_overhead": "a denoising step with 5 merged adapters, against the bare base",
    "gui_stutter": "99th percentile of the window's frame gap while merging back to back",
    "swaps_resident": "resident memory after 1,000 adapter swaps",
    "busy_0": "a demo picture on an idle machine, against the best fixed number of threads",
    "busy_1": "the same beside one busy process",
    "busy_2": "the same beside two",
    "start_vs_plain": "a whole `render` of a small picture, against the same with the collector "
    "on and its usual end",
    "rows_add_200": "the window is blocked while 200 adapters are added",
    "rows_tick_200": "a tick of a fader among 200 rows, without the engine's part",
    "rows_scroll_200": "the longest pause while 200 rows are scrolled for the first time",
    "weights_tick": "what a tick of a fader costs for all live numbers of 10 measured adapters, "
    "painted",
    "weights_numbers": "the numbers alone",
    "weights_meet_gap": "99th percentile of the window's frame gap while 10 adapters are measured",
    "weights_spectra": "singular values of 10 adapters and of their sum, in all weights",
    "weights_spectra_gap": "99th percentile of the window's frame gap meanwhile",
    "library_scan": "the first scan of 10,000 adapters of 192 or 264 modules each, from headers",
    "library_start": "the library's list of 10,000 at a second start",
    "library_search": "the slowest search as one types, among 10,000",
    "swap_base_images": "base pictures made again when only the stack changed",
}
_WAITS = (
    ("demo draft", "demo settled", "the demo, 128×128, 4 and 10 steps, the whole studio"),
    (
        "sd1 next draft",
        "sd1 settled",
        "SD 1.5 of full size, random weights, 256×256, 4 and 12 steps",
    ),
)


def section(benches: dict[str, list[dict[str, Any]]]) -> str:
    known = {figure["name"]: figure for figures in benches.values() for figure in figures}
    lines = [_machine(), "", "| figure | what | bound | measured |", "|---|---|---|---|"]
    lines += list(_bounded(known))
    lines += ["", "| a fader moves → its draft | it is let go → settled | on |", "|---|---|---|"]
    for draft, settled, words in _WAITS:
        if draft in known:
            lines.append(f"| {_value(known[draft])} | {_value(known[settled])} | {words} |")
    return "\n".join(lines)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"Measured by `make bench` on {cores} cores of an {_processor()} without a GPU, "
        f"torch {torch.__version__.partition('+')[0]}. diffusers runs after ours, in a process of "
        "its own as its users have it: without our allocator and thread settings, but where a row "
        "says so."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _bounded(known: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, figure in known.items():
        base, _, dtype = name.partition(" ")
        if figure["bound"] is None and base not in _BOUND_WORDS:
            continue
        words = _BOUND_WORDS.get(base, figure["what"])
        sign = "≥" if figure["is_least"] else "≤"
        unit = figure["unit"] if figure["unit"] == "×" else f" {figure['unit']}".rstrip()
        measured = _value(figure) if figure["is_met"] else f"**{_value(figure)}, missed**"
        what = f"{words} ({dtype})" if dtype else words
        bound = "–" if figure["bound"] is None else f"{sign} {figure['bound']:g}{unit}"
        yield f"| `{base}` | {what} | {bound} | {measured} |"


def _value(figure: dict[str, Any]) -> str:
    value, unit = figure["value"], figure["unit"]
    text = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text}{unit}" if unit == "×" else f"{text} {unit}".rstrip()


def main() -> None:
    before, _, rest = SPEED.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    table = section(json.loads(OUT.read_text("utf-8")))
    SPEED.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
