"""One question to a real server on this machine: what is sent, and each way in which it fails."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraviewer.core.cancel import Cancelled
from loraviewer.core.language_models import Asked, ModelServer, as_choices, read_prompts
from loraviewer.core.language_server import ModelCall
from loraviewer.core.outcome import RequestError
from loraviewer.core.variants.draws import words_of
from tests.model_server import FakeModel, raw

ASKED = Asked(prompt="a girl", instruction="other clothes", count=3)
BODY = ASKED.body("tiny")


@pytest.fixture
def model() -> Iterator[FakeModel]:
    fake = FakeModel()
    yield fake
    fake.close()


def fails(model: FakeModel, match: str, timeout_s: float = 20.0, **more: int) -> None:
    with pytest.raises(RequestError, match=match) as caught:
        ModelCall(model.server, "", timeout_s, **more).answer(BODY)
    told = str(caught.value)
    assert model.host in told
    assert "\n" not in told
    assert told.endswith(".")


def test_what_is_sent_is_the_prompt_and_the_instruction(model: FakeModel, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    data = ModelCall(model.server, "secret").answer(BODY)
    assert read_prompts(data, model.host) == ("a red girl", "a blue girl")
    ((path, headers, body),) = model.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "tiny"
    assert body["stream"] is False
    system, user = (message["content"] for message in body["messages"])
    assert "exactly 3 strings" in system
    assert user == "Prompt: a girl\nInstruction: other clothes"
    assert set(body) == {"model", "stream", "messages"}


def test_no_key_no_header(model: FakeModel) -> None:
    ModelCall(model.server, "").answer(BODY)
    assert "Authorization" not in model.requests[0][1]


def test_a_redirection_is_told_and_not_followed(model: FakeModel) -> None:
    other = FakeModel()
    model.answer = raw(b"", 307, Location=f"http://{other.host}/v1/chat/completions")
    fails(model, "sends on to “http://127.0.0.1:")
    assert other.requests == []
    other.close()


@pytest.mark.parametrize(
    ("status", "data", "match"),
    [
        (401, b"", r"refuses the key \(401\)"),
        (403, b"{}", r"refuses the key \(403\)"),
        (404, b'{"error": {"message": "model\\nnot found."}}', "error 404: model not found"),
        (500, b'{"error": "out of memory"}', "error 500: out of memory"),
        (500, b"<html>", "error 500"),
        (500, b"[" * 100_000, "error 500"),
    ],
)
def test_errors_of_the_server(model: FakeModel, status: int, data: bytes, match: str) -> None:
    model.answer = raw(data, status)
    fails(model, match)


def test_a_huge_answer_is_left(model: FakeModel) -> None:
    model.answer = raw(b"x" * 5_000)
    fails(model, "larger than 1,000 bytes", most=1_000)


def test_a_server_that_does_not_answer_is_given_up(model: FakeModel) -> None:
    model.answer = model.wait
    fails(model, "did not answer in time", timeout_s=0.2)


def test_a_server_that_drips_is_given_up(model: FakeModel) -> None:
    def drip(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not model.goes_on.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    model.answer = drip
    fails(model, "did not answer in time", timeout_s=0.3)


def test_a_server_that_hangs_up(model: FakeModel) -> None:
    model.answer = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    fails(model, "cannot be read")


def test_whoever_cancels_does_not_wait(model: FakeModel) -> None:
    arrived = threading.Event()

    def wait(handler) -> None:
        arrived.set()
        model.wait(handler)

    model.answer = wait
    call, ends = ModelCall(model.server, ""), list[type]()

    def ask() -> None:
        try:
            call.answer(BODY)
        except Cancelled as error:
            ends.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    assert arrived.wait(20)
    call.cancel()
    thread.join(20)
    assert ends == [Cancelled]


def test_whoever_cancelled_before_asks_nothing(model: FakeModel) -> None:
    call = ModelCall(model.server, "")
    call.cancel()
    with pytest.raises(Cancelled):
        call.answer(BODY)
    assert model.requests == []


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ModelServer(address=f"http://127.0.0.1:{port}", model="m")
    with pytest.raises(RequestError, match="Nobody answers at 127"):
        ModelCall(server, "").answer(BODY)


def test_https_where_only_http_is_spoken(model: FakeModel) -> None:
    server = ModelServer(address=f"https://{model.host}/v1", model="m")
    with pytest.raises(RequestError, match="does not speak https"):
        ModelCall(server, "").answer(BODY)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Write the address"),
        ("127.0.0.1:11434", "Write the address"),
        ("ftp://127.0.0.1", "Write the address"),
        ("file:///etc/passwd", "Write the address"),
        ("http://", "Write the address"),
        ("http://host:99999", "Write the address"),
        ("http://[::1", "Write the address"),
        ("http://höst/v1", "Write the address"),
        ("http://name:key@host/v1", "Leave names, keys"),
        ("http://host/v1?key=1", "Leave names, keys"),
        ("http://host/a b", "without blanks"),
    ],
)
def test_addresses_that_are_not_asked(address: str, words: str) -> None:
    server = ModelServer(address=address, model="m")
    assert words in server.problem()
    with pytest.raises(RequestError, match=words):
        ModelCall(server, "").answer(BODY)


@pytest.mark.parametrize(
    ("address", "host", "path", "is_private"),
    [
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", "/v1/chat/completions", True),
        ("http://localhost/v1/", "localhost", "/v1/chat/completions", True),
        ("http://[::1]:80", "[::1]:80", "/chat/completions", True),
        ("https://example.org/v1/chat/completions", "example.org", "/v1/chat/completions", True),
        ("http://example.org/v1", "example.org", "/v1/chat/completions", False),
    ],
)
def test_addresses(address: str, host: str, path: str, is_private: bool) -> None:
    server = ModelServer(address=address, model="m")
    assert server.problem() == ""
    assert (server.host, server.path, server.is_private) == (host, path, is_private)
    assert "Name the model" in ModelServer(address=address, model=" ").problem()


def test_a_key_goes_nowhere_where_others_can_read_it() -> None:
    server = ModelServer(address="http://example.invalid/v1", model="m")
    with pytest.raises(RequestError, match="only sent over https or to this machine"):
        ModelCall(server, "secret").answer(BODY)


def test_a_key_with_a_line_break_is_refused(model: FakeModel) -> None:
    with pytest.raises(RequestError, match="no key has"):
        ModelCall(model.server, "a\r\nX-Other: b").answer(BODY)
    assert model.requests == []


# -- what is read of an answer -------------------------------------------------------------


def read(content: str) -> tuple[str, ...]:
    told = {"choices": [{"message": {"content": content}}]}
    return read_prompts(json.dumps(told).encode(), "host")


@pytest.mark.parametrize(
    "content",
    [
        '["a cat", "a dog"]',
        '```json\n["a cat", "a dog"]\n```',
        'Here they are: ["a cat", "a dog"] Enjoy!',
        '{"prompts": ["a cat", "a dog"]}',
        '<think>[maybe]</think>\n["a cat", "a dog", "a cat"]',
        "1. a cat\n2) “a dog”",
        "Here are two prompts:\n- a cat\n* a dog\n",
        '["a cat", 7, "a\\u0007 \\n dog", ""]',
    ],
)
def test_answers_are_read_however_they_are_dressed(content: str) -> None:
    assert read(content) == ("a cat", "a dog")


def test_a_single_line_is_a_prompt() -> None:
    assert read("a cat (ink), [soft]") == ("a cat (ink), [soft]",)
    assert read("a cat [1]") == ("a cat [1]",)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": 1}}]}',
     b"\xff\xfe", b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_completion_is_refused(data: bytes) -> None:
    with pytest.raises(RequestError, match="The answer of host is no chat completion"):
        read_prompts(data, "host")


@pytest.mark.parametrize("content", ["  <think>hm</think> ", "[]", "[1, 2]", '["  "]', "```\n```"])
def test_an_answer_without_prompts_is_refused(content: str) -> None:
    with pytest.raises(RequestError, match="answered without a prompt"):
        read(content)


def test_an_endless_answer_is_bounded() -> None:
    found = read(json.dumps([f"{n} {'x' * 10_000}" for n in range(1_000)]))
    assert len(found) == 200
    assert max(map(len, found)) == 4_000


def test_choices_of_all_of_them() -> None:
    prompts = ["a {cat}", "b|c", "plain"]
    template = as_choices(prompts)
    assert {words_of(template, seed).text for seed in range(60)} == set(prompts)
    assert as_choices(["only"]) == "only"
    assert as_choices([]) == ""


def test_no_other_module_reaches_the_network() -> None:
    """Whoever asks a server goes through the one that says so before."""
    package = Path(__file__).parents[2] / "loraviewer"
    found = [
        path.name
        for path in package.rglob("*.py")
        if "http.client" in path.read_text("utf-8") or "urlopen" in path.read_text("utf-8")
    ]
    assert found == ["language_server.py"]
