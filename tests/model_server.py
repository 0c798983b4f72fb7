"""A real small server of chat completions on this machine, which answers as a test says."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loraviewer.core.language_models import ModelServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class FakeModel:
    """`requests`: path, headers and decoded body of each question."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict]] = []
        self.answer: Answer = completion('["a red girl", "a blue girl"]')
        self.goes_on = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                fake.requests.append((self.path, dict(self.headers), body))
                fake.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def server(self) -> ModelServer:
        return ModelServer(address=f"http://{self.host}/v1", model="tiny")

    def wait(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers nothing before `goes_on`."""
        self.goes_on.wait(30)

    def close(self) -> None:
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def completion(content: str) -> Answer:
    told = {"choices": [{"message": {"role": "assistant", "content": content}}]}
    return raw(json.dumps(told).encode())


def raw(data: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer
