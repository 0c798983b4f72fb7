"""One question to a language model's server: nothing else is sent, nowhere else, no redirection is
followed and no proxy of the environment is asked. Not for the GUI thread."""

import contextlib
import http.client
import socket
import ssl
import threading

import msgspec

from loraviewer.core.cancel import Cancelled
from loraviewer.core.language_models import ModelServer
from loraviewer.core.outcome import RequestError
from loraviewer.core.sentences import say

TIMEOUT_S = 180.0
CONNECT_S = 10.0
MOST_BYTES = 1 << 20
_SHOWN_CHARS = 200
_OK, _REDIRECTS = 200, range(300, 400)
_REFUSED = (401, 403)


class _Error(msgspec.Struct):
    message: str


class _Refusal(msgspec.Struct):
    error: str | _Error


class ModelCall:
    """Used once. `cancel` may be called from any thread."""

    def __init__(
        self, server: ModelServer, key: str, timeout_s: float = TIMEOUT_S, *, most: int = MOST_BYTES
    ) -> None:
        """key: "" for none; it is sent over https only, or to this machine."""
        self._server = server
        self._key = key
        self._timeout_s = timeout_s
        self._most_bytes = most
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cancelled = self._is_late = False

    def answer(self, body: bytes) -> bytes:
        """Raises `RequestError` with one sentence, and `Cancelled`."""
        if problem := self._server.problem() or self._problem_of_key():
            raise RequestError(problem)
        clock = threading.Timer(self._timeout_s, self._give_up)
        clock.daemon = True
        clock.start()
        try:
            return self._asked(body)
        except (OSError, http.client.HTTPException) as error:
            if self._is_cancelled:
                raise Cancelled from error
            raise RequestError(self._sentence(error)) from error
        finally:
            clock.cancel()

    def cancel(self) -> None:
        self._is_cancelled = True
        self._hang_up()

    def _problem_of_key(self) -> str:
        if not self._key:
            return ""
        if not (self._key.isascii() and self._key.isprintable()):
            return say("The key holds letters that no key has; copy it again.")
        if not self._server.is_private:
            return say(
                "A key is only sent over https or to this machine; write the address with https."
            )
        return ""

    def _asked(self, body: bytes) -> bytes:
        connection = self._connected()
        try:
            connection.request("POST", self._server.path, body, self._headers())
            response = connection.getresponse()
            data = response.read(self._most_bytes + 1)
            self._check()
        finally:
            connection.close()
        self._check_status(response, data)
        if len(data) > self._most_bytes:
            size = f"{self._most_bytes:,}"
            raise RequestError(
                say(
                    "The answer of {host} is larger than {size} bytes; it is left.",
                    host=self._host,
                    size=size,
                )
            )
        return data

    def _connected(self) -> http.client.HTTPConnection:
        parts = self._server.parts
        host, port = parts.hostname or "", parts.port
        connection = http.client.HTTPConnection(host, port, timeout=min(CONNECT_S, self._timeout_s))
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                host, port, timeout=min(CONNECT_S, self._timeout_s), context=context
            )
        self._check()
        connection.connect()
        with self._lock:
            self._socket = connection.sock
        self._check()
        connection.sock.settimeout(self._timeout_s)
        return connection

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {})

    def _check(self) -> None:
        """What was read after hanging up is nothing."""
        if self._is_cancelled:
            raise Cancelled
        if self._is_late:
            raise TimeoutError

    def _check_status(self, response: http.client.HTTPResponse, data: bytes) -> None:
        status = response.status
        if status == _OK:
            return
        if status in _REDIRECTS:
            place = _shown(response.getheader("Location") or "") or say("another address")
            raise RequestError(
                say(
                    "{host} sends on to “{place}”; enter that address to ask there.",
                    host=self._host,
                    place=place,
                )
            )
        if status in _REFUSED:
            raise RequestError(
                say(
                    "{host} refuses the key ({status}); give one, or the environment variable "
                    "that holds it.",
                    host=self._host,
                    status=status,
                )
            )
        said = _said(data)
        raise RequestError(
            say(
                "{host} answers with the error {status}: {said}.",
                host=self._host,
                status=status,
                said=said,
            )
            if said
            else say("{host} answers with the error {status}.", host=self._host, status=status)
        )

    def _give_up(self) -> None:
        self._is_late = True
        self._hang_up()

    def _hang_up(self) -> None:
        """Whoever waits for the answer hears of it at once."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    @property
    def _host(self) -> str:
        return self._server.host

    def _sentence(self, error: Exception) -> str:
        if self._is_late or isinstance(error, TimeoutError):
            return say(
                "{host} did not answer in time; try again, or ask for fewer prompts.",
                host=self._host,
            )
        if isinstance(error, socket.gaierror):
            return say("There is no server called “{host}”; correct the address.", host=self._host)
        if isinstance(error, ConnectionRefusedError):
            return say(
                "Nobody answers at {host}; start the server, or correct the address.",
                host=self._host,
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            return say(
                "{host} cannot prove that it is itself ({why}).",
                host=self._host,
                why=error.verify_message,
            )
        if isinstance(error, ssl.SSLError):
            return say("{host} does not speak https; write the address with http.", host=self._host)
        return say(
            "The answer of {host} cannot be read ({why}).",
            host=self._host,
            why=_shown(str(error)) or say("it ended"),
        )


def _said(data: bytes) -> str:
    """The server's own words, as far as they can be found."""
    try:
        error = msgspec.json.decode(data, type=_Refusal).error
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return _shown(error if isinstance(error, str) else error.message).rstrip(".")


def _shown(text: str) -> str:
    """On one line, bounded."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_SHOWN_CHARS]
