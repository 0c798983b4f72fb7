"""Folders that the `lab` commands write their results into."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.outputs import check_output


def check_folder(
    output: Path, results: Sequence[Path], sources: Sequence[Path], is_forced: bool
) -> None:
    """What would fail after minutes of work is better told at once. `results`: the files that will
    lie in it."""
    if os.path.exists(output) and not os.path.isdir(output):
        raise FileError(f"{output}: this is a file; give a folder.")
    if not os.path.exists(output):
        check_output(output, sources, is_forced=False)
        return
    for file in results:
        check_output(file, sources, is_forced=is_forced)


@contextlib.contextmanager
def new_results(output: Path, results: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Temporary paths for files of a folder; none of them appears before all are written, and
    nothing is left of them if that fails or is stopped."""
    with _result_folder(output), contextlib.ExitStack() as files:
        yield tuple(files.enter_context(new_file(result)) for result in results)


@contextlib.contextmanager
def _result_folder(output: Path) -> Iterator[None]:
    """The folder, made where there is none, and gone again if nothing was written into it."""
    is_new = not os.path.exists(output)
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(f"{output}: this folder cannot be made: {error.strerror}.") from error
    try:
        yield
    finally:
        if is_new:
            with contextlib.suppress(OSError):  # it is not empty: all went well
                output.rmdir()
