"""Shared by all tests: Qt without a screen, and a guard against leftovers."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Names of files that are no text are printed as they are; processes that run tests side by
    side tell each other of UTF-8 only."""
    report = yield
    report.sections = [(name, _utf8(text)) for name, text in report.sections]
    told = _utf8(report.longreprtext)
    if told != report.longreprtext:
        report.longrepr = told  # else what an assertion shows of such a name ends the whole run
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: where files run side by side, none is waited for at the end. Of
    cases that say the same again, one of several in every run."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)
    cases: dict[str, int] = {}
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is None or not hasattr(item, "callspec"):
            continue
        test = item.nodeid.split("[")[0]
        at, (every,) = cases.get(test, 0), sampled.args
        cases[test] = at + 1
        # The place in each row of so many moves on, so that no value of a parameter is always left.
        if at % every != at // every % every:
            item.add_marker(pytest.mark.long)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


@pytest.fixture(autouse=True, scope="module")
def quick_search_for_leftovers() -> None:
    """What earlier modules keep for good (networks, caches) is not searched after every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a running thread, an active timer or a visible window fails."""
    uses_qt = {"qtbot", "qapp"} & set(request.fixturenames)
    yield
    if uses_qt:
        _delete_what_is_to_go()
        leftovers = _running() + _visible_windows()
        assert not leftovers, f"left behind: {', '.join(leftovers)}"


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory) -> Path:
    """Holds `sd`, `xl` and `half` (diffusers folders) and `style`, `words` (.safetensors)."""
    from loraviewer.engine.opening import offline

    offline.seal()  # read by the Hugging Face libraries when they are first imported
    import torch

    from tests.engine import tiny

    folder = tmp_path_factory.mktemp("tiny")
    tiny.build_sd(folder / "sd")
    tiny.build_sd(folder / "half", torch.float16)
    tiny.build_sdxl(folder / "xl")
    tiny.write_lora(folder / "style.safetensors", 1)
    tiny.write_lora(folder / "words.safetensors", 2, with_text=True)
    return folder


def _delete_what_is_to_go() -> None:
    """Closed windows wait for an event loop to delete them; until then each new one would have all
    of them draw their icons again."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _running() -> list[str]:
    """Threads and timers, found in one pass: after every test that counts."""
    from PySide6.QtCore import QThread, QTimer

    alive = _alive(QThread, QTimer)
    own = QThread.currentThread()  # also shows up as a QThread object, and runs
    threads = [
        f"thread {thread.objectName() or thread!r}"
        for thread in alive
        if isinstance(thread, QThread) and thread is not own and thread.isRunning()
    ]
    timers = [o for o in alive if isinstance(o, QTimer) and o.isActive()]
    return threads + [f"timer of {timer.parent()!r}" for timer in timers]


def _visible_windows() -> list[str]:
    from PySide6.QtWidgets import QApplication

    return [
        f"window {w.objectName() or w!r}" for w in QApplication.topLevelWidgets() if w.isVisible()
    ]


def _alive(*kinds: type) -> list:
    """Python-owned objects of Qt classes whose C++ part still exists."""
    from shiboken6 import isValid

    return [o for o in gc.get_objects() if isinstance(o, kinds) and isValid(o)]
