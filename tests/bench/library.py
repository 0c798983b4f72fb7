"""The library at 10,000 adapters: the first scan, a second start, and a search.

python -m tests.bench.library [files]

Headers as kohya writes them for SD 1, of twelve layouts (six ranks, with and without the text
encoder's 72 modules) and each with metadata of its own with two hundred tags; a tenth have a
picture and a file of a gallery beside them. The system has them in memory.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.library.library import Library
from tests.adapters.pictures import picture
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.library.made import RANKS, Layouts, aged, kohya_metadata, sd1_modules

FILES, IN_A_FOLDER = 10_000, 250
SCAN_BOUND, START_BOUND_S, SEARCH_BOUND_MS = 2_000, 0.3, 30
TYPED = ("s", "st", "style", "style 12", "tag 3", "anime tag", "nothing")
_SECOND_START = """
import sys, time
from pathlib import Path
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.library.library import Library
started = time.perf_counter()
root = Path(sys.argv[1])
library = Library(root, root, HashCache(root / "hashes.sqlite"))
found = library.search(LibraryQuery())
library.entries(found[:100])
print(time.perf_counter() - started)
"""


def opened(root: Path) -> Library:
    return Library(root, root, HashCache(root / "hashes.sqlite"))


def make(folder: Path, count: int) -> None:
    modules = sd1_modules()
    whole = Layouts(modules)
    unet = Layouts({name: shape for name, shape in modules.items() if "unet" in name})
    shown = picture("PNG")
    for i in range(count):
        place = folder / f"group {i // IN_A_FOLDER}"
        place.mkdir(exist_ok=True)
        rank = RANKS[i // 2 % len(RANKS)]
        path = place / f"Style_{i}.safetensors"
        aged((whole, unet)[i % 2].write(path, rank, kohya_metadata(i)))
        if i % 10 == 0:
            path.with_suffix(".png").write_bytes(shown)
            path.with_suffix(".civitai.info").write_text('{"trainedWords": ["sks style"]}')


def timed_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(count: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name) / "loras", Path(name) / "profile"
        folder.mkdir()
        make(folder, count)
        firsts = [first_scan_s(folder, root / str(i)) for i in range(3)]
        library = opened(root / "0")
        again = timed_s(lambda: library.scan(CancelToken()))
        starts = [second_start_s(root / "0") for _ in range(5)]
        queries = [LibraryQuery(words=words) for words in TYPED]
        searches = alternating_s([lambda _, q=query: library.search(q) for query in queries], 7)
    return [
        Figure(
            "library_scan", count / min(firsts), "files/s", SCAN_BOUND, is_least=True,
            what=f"the first scan of {count:,} adapters of 192 or 264 modules each",
        ),
        Figure("library_rescan", again, "s", what="a scan where nothing changed"),
        Figure(
            "library_start", statistics.median(starts), "s", START_BOUND_S,
            what=f"a second start: the list of {count:,}, and the first 100 of them",
        ),
        Figure(
            "library_search", max(searches) * 1e3, "ms", SEARCH_BOUND_MS,
            what=f"the slowest search among {count:,}",
        ),
    ]  # fmt: skip


def first_scan_s(folder: Path, root: Path) -> float:
    """With an index and a memory of its own."""
    library = opened(root)
    library.add_folder(str(folder))
    return timed_s(lambda: library.scan(CancelToken()))


def second_start_s(root: Path) -> float:
    """In a new process, without its imports."""
    command = [sys.executable, "-c", _SECOND_START, str(root)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
    keep("library", figures)
    print_table(f"library: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()
