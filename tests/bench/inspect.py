"""Seconds of `loraviewer inspect` as a whole process: every listed file as a sparse one, on its
base as a sparse one; and a folder of a thousand adapters. Run by hand:

python -m tests.bench.inspect
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.adapters.real_bases import DATA, listing
from tests.adapters.sparse import sparse_checkpoint, sparse_file, sparse_transformer

FOLDER_FILES = 1_000
_BASES = {
    "anima": "anima",
    "qwen": "qwen-image",
    "z_image": "z-image",
    "flux2": "flux2",
    "flux": "flux1",
    "sdxl": "sdxl",
    "oft": "sd1",
    "sd15": "sd1",
}
"""Word in a listing's name → base."""
_SINGLE_FILES = ("sd1", "sd2", "sdxl", "sdxl-refiner")


def inspected(*arguments: object) -> tuple[float, dict[str, Any]]:
    """Seconds of a new process, and what it told."""
    command = [sys.executable, "-m", "loraviewer", "inspect", *map(str, arguments), "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    return seconds, json.loads(done.stdout) if done.stdout else {"verdict": done.stderr.strip()}


def base_file(folder: Path, base: str) -> Path:
    path = folder / f"base-{base}.safetensors"
    if not path.exists():
        make = sparse_checkpoint if base in _SINGLE_FILES else sparse_transformer
        make(path, base)
    return path


def listing_file(folder: Path, name: str) -> Path | None:
    """None for a list of names alone."""
    listed = listing(name)
    shapes = listed.get("keys", {})
    if not shapes or None in shapes.values():
        return None
    path = folder / f"{name}.safetensors"
    return sparse_file(path, shapes, listed.get("metadata"), listed.get("dtypes"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for family in _SINGLE_FILES:
            seconds, facts = inspected(base_file(folder, family))
            print(f"{seconds:5.2f} s  {family:45} {facts['type']} {facts['family']}")
        for path in sorted((DATA / "keys").iterdir()):
            print_row(folder, path.name.removesuffix(".json.gz"))
        print_folder(folder)


def print_row(folder: Path, name: str) -> None:
    path = listing_file(folder, name)
    if path is None:
        return
    base = next((base for word, base in _BASES.items() if word in name), "sdxl")
    seconds, facts = inspected(path, "--base", base_file(folder, base))
    told = facts.get("verdict") or facts.get("holds") or facts["family"]
    print(f"{seconds:5.2f} s  {name:45} {base:10} {told}")


def print_folder(folder: Path) -> None:
    many = folder / "many"
    many.mkdir()
    source = listing_file(folder, "real_sd15_kohya_locon_header")
    assert source is not None
    for i in range(FOLDER_FILES):
        (many / f"{i}.safetensors").symlink_to(source)
    for arguments in ((), ("--base", base_file(folder, "sd1"))):
        seconds, facts = inspected(many, *arguments)
        how = "on a base" if arguments else "alone"
        print(f"{seconds:5.2f} s  {facts['adapters']} adapters of a folder, {how}")


if __name__ == "__main__":
    main()
