"""What the allocator does with freed memory, seen from a process of its own."""

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import psutil, threading
from loraviewer.core.allocator import give_back_freed_memory, keep_freed_memory

keep_freed_memory()
rss = psutil.Process().memory_info

def use():
    blocks = [bytearray(1 << 20) for _ in range(300)]
    del blocks

before = rss().rss
thread = threading.Thread(target=use)
thread.start()
thread.join()
kept = rss().rss - before
give_back_freed_memory()
print(kept >> 20, (rss().rss - before) >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_stays_until_it_is_given_back():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    kept, left = map(int, run.stdout.split())
    assert kept > 250
    assert left < 50
