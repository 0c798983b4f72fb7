"""Several studios over one index, and one that is killed while it scans."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from loraviewer.core.library.port import Scanned
from loraviewer.core.library.queries import LibraryQuery
from tests.library.conftest import Room

_SCANNER = """
import sys
from pathlib import Path
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.library.library import Library
root = Path(sys.argv[1])
library = Library(root / "cache", root / "data", HashCache(root / "cache" / "hashes.sqlite"))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    library.scan(CancelToken(), lambda told: print(told.files, flush=True))
"""


def scanner(root: Path) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _SCANNER, str(root)]
    process = subprocess.Popen(command, cwd=os.getcwd(), stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def start(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_scan_at_once_while_a_third_asks(room: Room) -> None:
    for i in range(500):
        room.write(f"{i:03}.safetensors", rank=1 + i % 5)
    scanners = [scanner(room.root), scanner(room.root)]
    for process in scanners:
        start(process)
    while any(process.poll() is None for process in scanners):
        found = room.library.search(LibraryQuery())
        assert len(room.library.entries(found)) == len(found)
    assert [process.returncode for process in scanners] == [0, 0]
    assert room.names() == [f"{i:03}" for i in range(500)]
    assert room.scan() == Scanned(files=500, is_done=True)


def test_one_that_is_killed_leaves_an_index_that_can_be_used(room: Room) -> None:
    for i in range(1_500):
        room.write(f"{i:04}.safetensors", rank=1 + i % 5)
    process = scanner(room.root)
    start(process)
    assert process.stdout is not None
    process.stdout.readline()  # in the middle, or between two scans
    process.send_signal(signal.SIGKILL)
    process.wait()
    scanned = room.scan()
    assert (scanned.files, scanned.gone) == (1_500, 0)
    assert len(room.names()) == 1_500


def test_the_library_imports_neither_torch_nor_numpy() -> None:
    script = "import sys, loraviewer.library.library; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"torch", "numpy", "diffusers", "transformers", "safetensors", "PySide6"}
