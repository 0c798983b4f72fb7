"""The process between a run and its cluster. Ray ends the process that it is connected from when it
loses its cluster, so that is this one and not a studio."""

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import msgspec

from loraviewer.core.cancel import Cancelled
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, text_of
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.connecting import LOCAL, connected, silent
from loraviewer.lab.runners.cluster.driving import Driving
from loraviewer.lab.runners.cluster.engaging import AskingOne
from loraviewer.lab.runners.cluster.messages import (
    Begin,
    Broke,
    FromDriver,
    Give,
    NoMore,
    ToDriver,
    decoded,
    encoded,
)
from loraviewer.lab.runners.cluster.own_folder import removed

_TURN_S = 0.2


def drive(pipe: Connection) -> None:
    """All of the process, and its boundary. Ended from outside, it still clears up."""
    _stand_apart()
    signal.signal(signal.SIGTERM, _end)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError, Cancelled):
        begin: ToDriver = decoded(pipe.recv_bytes(), ToDriver)
        assert isinstance(begin, Begin)
        try:
            _drive(pipe, begin)
        except LoraviewerError as error:
            pipe.send_bytes(encoded(Broke.of(error.failure(getattr(error, "detail", "")))))
        except (EOFError, BrokenPipeError, ConnectionResetError, Cancelled):
            raise
        except Exception as error:  # noqa: BLE001 - nothing above would tell of it
            told = say("unexpected {kind}: {what}", kind=type(error).__name__, what=text_of(error))
            detail = "".join(traceback.format_exception(error))
            failure = Failure(FailureKind.INTERNAL, told, detail)
            pipe.send_bytes(encoded(Broke.of(failure)))


def _drive(pipe: Connection, begin: Begin) -> None:
    def post(message: FromDriver) -> None:
        pipe.send_bytes(encoded(message))

    cores = begin.wishes.cores * (begin.wishes.workers or 2)
    given: queue.Queue[Give | NoMore | None] = queue.Queue()
    is_alone, is_joined = threading.Event(), threading.Event()
    for work, args in (
        (_listen, (pipe, given, is_alone)),
        (_watch, (pipe, begin, is_alone, is_joined)),
    ):
        threading.Thread(target=work, args=args, daemon=True).start()
    with connected(begin.address, Path(begin.folder), cores) as ray:
        is_joined.set()
        if begin.question:
            post(AskingOne(ray, begin, given, time.monotonic).answer())
        else:
            Driving(ray, begin, given, post, time.monotonic).run()


def _listen(
    pipe: Connection, given: "queue.Queue[Give | NoMore | None]", is_alone: threading.Event
) -> None:
    """None, and is_alone is set, once nobody asks any more."""
    with contextlib.suppress(EOFError, OSError, msgspec.MsgspecError):
        while True:
            message: ToDriver = decoded(pipe.recv_bytes(), ToDriver)
            if not isinstance(message, Begin):
                given.put(message)
    is_alone.set()
    given.put(None)


def _watch(
    pipe: Connection, begin: Begin, is_alone: threading.Event, is_joined: threading.Event
) -> None:
    """Ends the process where it waits for a cluster that has gone: Ray tries for minutes, and
    nothing else stops it."""
    if begin.address == LOCAL:
        return
    ends_at = time.monotonic() + begin.join_s
    while not is_joined.wait(_TURN_S):
        if is_alone.is_set() or time.monotonic() > ends_at:
            with contextlib.suppress(OSError):
                pipe.send_bytes(encoded(Broke.of(silent(begin.address).failure())))
            removed(Path(begin.folder))
            os._exit(1)


def _stand_apart() -> None:
    """What ends whoever asked, a terminal that closes or a signal to all that it started, is not to
    end Ray's processes under this one: Ray would end it before it has cleared up. It hears of all
    that by its pipe."""
    if hasattr(os, "setsid"):
        os.setsid()


def _end(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()
