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
from loraviewer.lab.runners.cluster.connecting import connected
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
    with connected(begin.address, Path(begin.folder), cores) as ray:
        given: queue.Queue[Give | NoMore | None] = queue.Queue()
        threading.Thread(target=_listen, args=(pipe, given), daemon=True).start()
        if begin.question:
            post(AskingOne(ray, begin, given, time.monotonic).answer())
        else:
            Driving(ray, begin, given, post, time.monotonic).run()


def _listen(pipe: Connection, given: "queue.Queue[Give | NoMore | None]") -> None:
    """None once nobody asks any more."""
    with contextlib.suppress(EOFError, OSError, msgspec.MsgspecError):
        while True:
            message: ToDriver = decoded(pipe.recv_bytes(), ToDriver)
            if not isinstance(message, Begin):
                given.put(message)
    given.put(None)


def _stand_apart() -> None:
    """What ends whoever asked, a terminal that closes or a signal to all that it started, is not to
    end Ray's processes under this one: Ray would end it before it has cleared up. It hears of all
    that by its pipe."""
    if hasattr(os, "setsid"):
        os.setsid()


def _end(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()
