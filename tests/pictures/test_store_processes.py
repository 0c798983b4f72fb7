"""Several studios on one store, and studios that are killed while they write."""

import os
import subprocess
import sys
from pathlib import Path

from loraviewer.pictures.store import PictureStore
from loraviewer.pictures.stored_png import decode_stored
from tests.pictures.made import ROWS, made

PLENTY = 1 << 30

_WRITER = """
import sys
from pathlib import Path
from loraviewer.pictures.store import PictureStore
from tests.pictures.made import ROWS, made
first, count = map(int, sys.argv[2:])
store = PictureStore(Path(sys.argv[1]), 1 << 30)
for seed in range(first, first + count):
    assert store.keep(made(seed), ROWS) is not None
"""

_KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from loraviewer.pictures.store import PictureStore
from tests.pictures.made import ROWS, made
pause = random.Random(5)
PictureStore(Path(sys.argv[1]), 1 << 30).keep(made(-1), ROWS)  # all is imported before the forks
for attempt in range(int(sys.argv[2])):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        store = PictureStore(Path(sys.argv[1]), 1 << 30)
        for seed in range(10_000):
            os.write(writer, b".")
            store.keep(made(1_000 * attempt + seed, side=96), ROWS)
    for _ in range(pause.choice((1, 2, 3))):  # one more than are written by then
        os.read(reader, 1)
    time.sleep(pause.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader), os.close(writer)
"""


def run(script: str, *arguments: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], cwd=os.getcwd())


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    writers = [run(_WRITER, tmp_path, 0, 30), run(_WRITER, tmp_path, 15, 30)]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    later = PictureStore(tmp_path, PLENTY)
    assert sorted(one.sampling.seed for one in later.earlier(100)) == list(range(45))
    for seed in range(45):
        found = later.find(made(seed).request)
        assert found is not None
        assert found.picture == made(seed).picture


def test_killing_a_writer_leaves_whole_files_and_a_sound_index(tmp_path: Path) -> None:
    assert run(_KILLED, tmp_path, 25).wait(240) == 0
    store = PictureStore(tmp_path, PLENTY)
    listed = store.earlier(100_000)
    written = list(tmp_path.glob("*/*.png"))
    assert len(written) >= 25
    for path in written:
        decode_stored(path.read_bytes())
    assert {one.key for one in listed} == {path.stem for path in written}
    assert not list(tmp_path.glob("*/.loraviewer-*"))
    assert store.keep(made(999_999), ROWS) is not None
