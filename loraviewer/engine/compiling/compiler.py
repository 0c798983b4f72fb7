"""Who compiles: a process of its own at the lowest priority, whose programs are kept on disk."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import platformdirs
import torch

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FailureKind, LoraviewerError
from loraviewer.core.sentences import figure, say
from loraviewer.core.sizes import bytes_text
from loraviewer.core.system_reasons import reason_of
from loraviewer.engine.compiling.program import PackageProgram, Program
from loraviewer.engine.compiling.task import CompileTask

BuildState = Literal["unknown", "building", "ready", "failed"]

MOST_BYTES = 10**9
"""What all programs may take on disk; those go that were not used for longest."""
_PROGRAM = (sys.executable, "-m", "loraviewer.engine.compiling.process")
LEAST_CARD_BYTES = 2 * 2**30
"""Of a card that a process which compiles for it needs: torch itself, the largest weight, and what
single kernels are tried with."""
_PATIENCE_S = 5.0
_MOST_WORDS = 300


class CompileError(LoraviewerError):
    """There will be no compiled denoiser; the plain one is as good as ever."""

    kind = FailureKind.INTERNAL


class Compiler(Protocol):
    """Engine thread only. Nothing of it waits, but for `load`."""

    def state(self, task: CompileTask) -> BuildState: ...

    def begin(self, task: CompileTask) -> None:
        """Compile it, while everything else goes on; one at a time. `CompileError` where that
        cannot even begin."""
        ...

    def why_not(self, task: CompileTask) -> str:
        """One sentence about one that has failed."""
        ...

    def load(self, task: CompileTask, device_index: int = -1) -> Program:
        """Of one that is ready. device_index: as of `PackageProgram`. Raises `CompileError`."""
        ...

    def close(self) -> None:
        """End what is under way."""
        ...


class ProcessCompiler:
    """Implements `Compiler`. `folder` is this user's alone, for what lies there is machine code
    that will be run."""

    def __init__(
        self,
        folder: Path,
        program: Sequence[str] = _PROGRAM,
        find_compiler: Callable[[], str | None] | None = None,
        card_room: Callable[[str], int | None] | None = None,
    ) -> None:
        """program: started with a task's file and where the package goes. find_compiler: path of
        the C++ compiler, None where there is none. card_room: bytes that another process could have
        of a device, None where that is main memory. Nothing is read or written before it is asked
        for."""
        self._folder = folder
        self._program = tuple(program)
        self._find_compiler = find_compiler or cpp_compiler
        self._card_room = card_room or free_for_others
        self._running: tuple[str, subprocess.Popen[bytes], Path] | None = None
        self._failed: dict[str, str] = {}

    def state(self, task: CompileTask) -> BuildState:
        self._look()
        if task.key in self._failed:
            return "failed"
        if self._running is not None and self._running[0] == task.key:
            return "building"
        return "ready" if self._is_ours() and self._path(task).is_file() else "unknown"

    def begin(self, task: CompileTask) -> None:
        self._look()
        if self._running is not None:
            return
        if self._find_compiler() is None:
            raise CompileError(
                say(
                    "No C++ compiler was found, so denoisers are not compiled; install g++ or "
                    "clang, or name one in the variable CXX."
                )
            )
        self._check_card(task.device)
        self._prepare()
        log, asked = self._folder / f"{task.key}.log", self._folder / f"{task.key}.json"
        try:
            with new_file(asked) as new:
                new.write_bytes(msgspec.json.encode(task))
            process = self._started(asked, self._path(task), log)
        except OSError as error:
            raise CompileError(_unbegun(reason_of(error))) from error
        self._running = (task.key, process, log)

    def why_not(self, task: CompileTask) -> str:
        return self._failed.get(task.key, "")

    def load(self, task: CompileTask, device_index: int = -1) -> Program:
        path = self._path(task)
        try:
            program = PackageProgram(path, device_index)
            path.touch()
        except (RuntimeError, OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise CompileError(_failed_with(" ".join(str(error).split()))) from error
        return program

    def close(self) -> None:
        if self._running is None:
            return
        _, process, log = self._running
        self._running = None
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
        self._clear(log)

    def _started(self, asked: Path, out: Path, log: Path) -> subprocess.Popen[bytes]:
        behind = getattr(subprocess, "IDLE_PRIORITY_CLASS", 0)
        with log.open("wb") as said:
            return subprocess.Popen(
                [*self._program, str(asked), str(out)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                creationflags=behind,
            )

    def _look(self) -> None:
        """Whether what is under way has ended."""
        if self._running is None or self._running[1].poll() is None:
            return
        key, process, log = self._running
        self._running = None
        if process.returncode or not (self._folder / f"{key}.pt2").is_file():
            self._failed[key] = _failed_with(_last_line(log))
        self._clear(log)
        self._make_room()

    def _clear(self, log: Path) -> None:
        """Its task, what it said, and its folder if it was killed; those of other studios stay."""
        assert self._running is None
        with contextlib.suppress(OSError):
            for path in (log, log.with_suffix(".json")):
                path.unlink(missing_ok=True)
            for left in self._folder.glob(f"making-{log.stem}-*"):
                shutil.rmtree(left, ignore_errors=True)

    def _make_room(self) -> None:
        with contextlib.suppress(OSError):
            kept = 0
            newest = sorted(self._folder.glob("*.pt2"), key=lambda p: -p.stat().st_mtime)
            for path in newest:
                kept += path.stat().st_size
                if kept > MOST_BYTES:
                    path.unlink()

    def _check_card(self, device: str) -> None:
        room = self._card_room(device)
        if room is not None and room < LEAST_CARD_BYTES:
            raise CompileError(
                say(
                    "Compiling takes {needed} of the graphics card, and {free} are free; the "
                    "denoiser of this base runs as before.",
                    needed=figure(bytes_text(LEAST_CARD_BYTES)),
                    free=figure(bytes_text(room)),
                )
            )

    def _path(self, task: CompileTask) -> Path:
        return self._folder / f"{task.key}.pt2"

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CompileError(_unbegun(reason_of(error))) from error
        if not self._is_ours():
            raise CompileError(
                say(
                    "Denoisers are not compiled: others may write into “{folder}”, whose programs "
                    "would be run; let it be yours alone.",
                    folder=str(self._folder),
                )
            )

    def _is_ours(self) -> bool:
        """Not where anybody else may write."""
        try:
            facts = os.lstat(self._folder)
        except OSError:
            return False
        if not stat.S_ISDIR(facts.st_mode):
            return False
        if not hasattr(os, "getuid"):
            return True
        return facts.st_uid == os.getuid() and not facts.st_mode & 0o022


def programs_folder() -> Path:
    """Where programs are kept, by the studio and the command line."""
    return platformdirs.user_cache_path("loraviewer", appauthor=False) / "compiled"


def free_for_others(device: str) -> int | None:
    """Bytes of a card that no process has, once we gave back what we do not use; None for main
    memory."""
    if device != "cuda":
        return None
    torch.cuda.empty_cache()
    return torch.cuda.mem_get_info()[0]


def cpp_compiler(environment: Mapping[str, str] = os.environ) -> str | None:
    """Path of the one that torch would call; None where there is none."""
    usual = "cl" if os.name == "nt" else "clang++" if sys.platform == "darwin" else "g++"
    return shutil.which(environment.get("CXX") or usual)


def machine_of(device: torch.device, processor: str, diffusers_version: str) -> str:
    """What a program holds for. processor: as `core.precision_speed.this_machine` names it."""
    parts = [processor, "diffusers", diffusers_version]
    if device.type == "cuda":
        facts = torch.cuda.get_device_properties(device)
        parts += [facts.name, str(facts.major), str(facts.minor)]
    return "/".join(parts)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:_MOST_WORDS]


def _failed_with(why: str) -> str:
    return say(
        "This denoiser cannot be compiled, and runs as before ({why}).",
        why=why[:_MOST_WORDS].rstrip(".") or say("it did not say why"),
    )


def _unbegun(why: str) -> str:
    return say("Compiling could not begin, and the denoiser runs as before ({why}).", why=why)
