"""Programs that answer as `loraviewer bake` does, without its minutes."""

import json
import sys

_SCRIPT = """
import json, sys, time
for line in {said!r}:
    print(line, file=sys.stderr, flush=True)
if {waits!r}:
    time.sleep(600)
print({told!r})
sys.exit({status!r})
"""


def program(
    told: object = None, said: tuple[str, ...] = (), *, status: int = 0, waits: bool = False
) -> tuple[str, ...]:
    """Prints `told` as JSON and says `said`, whatever it is asked."""
    text = told if isinstance(told, str) else json.dumps(told)
    script = _SCRIPT.format(said=list(said), waits=waits, told=text, status=status)
    return (sys.executable, "-S", "-c", script)


DONE = {"output": "out.safetensors", "modules": 4, "relative_error": 0.25, "notes": ["a note"],
        "proof": [{"seed": 1, "mean_levels": 0.01, "largest_levels": 2}], "other": 1}  # fmt: skip
PARTS = {"parts": [
    {"role": "base", "name": "demo", "sha256": "unknown", "licence": "unknown",
     "author": "unknown", "source": "unknown"},
    {"role": "adapter", "name": "manga", "sha256": "a1", "scale": 0.8, "text_scale": 0.8,
     "licence": "CC BY-NC 4.0", "author": "somebody", "source": "unknown"},
]}  # fmt: skip
RANKS = {"rank_errors": {"1": 0.5, "2": 0.1, "3": 0.0}, "exact_rank": 3}
ODD_FILE = "“demo” is no Stable Diffusion 1, 2 or XL, and only these can become one file; export it as a folder."  # noqa: E501
LAYOUTS = {"layouts": {"folder": "", "file": ODD_FILE}}
