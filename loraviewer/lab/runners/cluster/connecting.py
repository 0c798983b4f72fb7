"""Ray, imported and connected, in a process that does nothing else.

A cluster of one's own listens on loopback alone, shows no dashboard and reports to nobody; Ray asks
its environment for most of that, so it is set before Ray is imported.
"""

import contextlib
import importlib
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import loraviewer
from loraviewer.core.outcome import LoraviewerError, text_of
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.own_folder import removed

LOCAL = "local"
STORE_BYTES = 100 << 20
"""Of a cluster of one's own: pieces of files and few pictures at a time."""
_CONNECT_S = 10.0
_OPEN = "r"
"""Within a folder that only one person enters: Ray lets everybody write where it writes."""
_TASK_EVENTS = "RAY_task_events_report_interval_ms"
"""A driver's memory of them grows by 6 KB for each call."""
_NICENESS = "RAY_worker_niceness"
"""15 unless it is set, so that workers leave Ray's own processes what they need; beside any other
program they would get a thirtieth of a core."""


class ClusterError(LoraviewerError):
    """Something about a cluster, in one sentence."""


@contextlib.contextmanager
def connected(address: str, folder: Path, workers: int) -> Iterator[Any]:
    """The module `ray`. folder: what a cluster of one's own writes, which is removed; a short path,
    since sockets lie in it. workers: how many cores that one is to have. Raises `ClusterError`."""
    _prepare(address, folder)
    ray = _ray()
    try:
        if address == LOCAL:
            _start(ray, folder, workers)
        else:
            _reach(address)
            ray.init(address=address, **_QUIET)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ClusterError(_not_reached(address, error)) from error
    try:
        yield ray
    finally:
        ray.shutdown()
        removed(folder)  # whoever asked may have been killed


_QUIET: dict[str, Any] = {
    "log_to_driver": False,
    "logging_level": "error",
    "configure_logging": False,
}


def _prepare(address: str, folder: Path) -> None:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ[_TASK_EVENTS] = "0"  # what each task did is kept for nobody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)  # it speaks of what it chose
    if address != LOCAL:
        return
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # then it listens on loopback
    os.environ["RAY_TMPDIR"] = str(folder / _OPEN)
    os.environ.setdefault(_NICENESS, "0")  # as of processes that are started without Ray
    os.environ.pop("RAY_ADDRESS", None)
    os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
    here = str(Path(loraviewer.__file__).parent.parent)
    paths = [here, *(path for path in sys.path if path and path != here)]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # what is imported here is there, too


def _ray() -> Any:
    try:
        return importlib.import_module("ray")  # what checks types may lack it
    except ImportError as error:
        raise ClusterError(
            say("Ray is not installed; add it with “pip install 'loraviewer[cluster]'”.")
        ) from error


def _start(ray: Any, folder: Path, workers: int) -> None:
    ray.init(
        address=LOCAL,
        num_cpus=workers,
        include_dashboard=False,
        object_store_memory=STORE_BYTES,
        _temp_dir=str(folder / _OPEN),
        **_QUIET,
    )


def _reach(address: str) -> None:
    """Ray itself tries for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not (port.isdecimal() and 0 < int(port) < 2**16):
        raise ClusterError(
            say(
                "“{address}” is no address of a Ray cluster; give HOST:PORT, “auto” or “local”.",
                address=address,
            )
        )
    with socket.create_connection((host, int(port)), _CONNECT_S):
        pass


def silent(address: str) -> ClusterError:
    """Somebody listens there, or did, and says nothing."""
    return ClusterError(_not_reached(address, TimeoutError(say("no answer"))))


def _not_reached(address: str, error: BaseException) -> str:
    if address == LOCAL:
        return say("No Ray cluster could be started here ({why}).", why=_first_line(error))
    return say(
        "The Ray cluster “{address}” cannot be reached ({why}).",
        address=address,
        why=_first_line(error),
    )


def _first_line(error: BaseException) -> str:
    told = text_of(error).strip().splitlines()
    return told[0].rstrip(".") if told else type(error).__name__
