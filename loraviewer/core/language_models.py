"""What a language model is asked for prompts, and what of its answer is taken: the chat completions
of OpenAI's API, which many servers on people's own machines speak."""

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from loraviewer.core.outcome import RequestError
from loraviewer.core.sentences import say

SUGGESTED = "http://127.0.0.1:11434/v1"
MOST_PROMPTS = 50
_MOST_CHARS, _MOST_READ = 4_000, 200
_PATH = "/chat/completions"
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"^```\w*$", re.MULTILINE)
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,3}[.):]|[-*•])\s+")
_TASK = (
    "You write prompts for an image generator. Answer with a JSON array of exactly {count} strings "
    "and nothing else. Each string is one whole prompt on one line. Where shares are asked for, "
    "keep to them over the array."
)
_ESCAPED = re.compile(r"([{}|])")


class ModelServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model answers; nothing is asked while `address` is empty. `key_variable`: the
    environment variable that holds its key, "" for none."""

    address: str = ""
    model: str = ""
    key_variable: str = ""

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.address.strip())

    @property
    def host(self) -> str:
        """With its port, where the address has one."""
        return self.parts.netloc

    @property
    def path(self) -> str:
        path = self.parts.path.rstrip("/")
        return path if path.endswith(_PATH) else path + _PATH

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along: over https, or on this machine."""
        return self.parts.scheme == "https" or _is_this_machine(self.parts.hostname or "")

    @property
    def _is_address(self) -> bool:
        try:
            parts = self.parts
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            return False
        is_spoken = parts.scheme in ("http", "https") and self.address.isascii()
        return is_spoken and has_port and bool(parts.hostname)

    def problem(self) -> str:
        """One sentence about what cannot be asked; "" where all is well."""
        if not self._is_address:
            return say("Write the address of the server as {example}.", example=SUGGESTED)
        if "@" in self.host or self.parts.query or self.parts.fragment:
            return say(
                "Leave names, keys and questions out of the address; a key has its own field."
            )
        if any(ord(letter) <= 32 for letter in self.address.strip()):
            return say(
                "Write the address of the server without blanks, as {example}.", example=SUGGESTED
            )
        return "" if self.model.strip() else say("Name the model, as the server calls it.")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`prompt`: the present one, as it was typed."""

    prompt: str
    instruction: str
    count: int = 1

    def body(self, model: str) -> bytes:
        """All that is sent."""
        told = {
            "model": model,
            "stream": False,
            "messages": [
                {"role": "system", "content": _TASK.format(count=self.count)},
                {
                    "role": "user",
                    "content": f"Prompt: {self.prompt}\nInstruction: {self.instruction}",
                },
            ],
        }
        return json.dumps(told).encode()


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: tuple[_Choice, ...]


def read_prompts(data: bytes, host: str) -> tuple[str, ...]:
    """The prompts of an answer: a JSON array as asked for, or the lines of what a model wrote
    instead. Raises `RequestError`."""
    try:
        content = msgspec.json.decode(data, type=_Completion).choices[0].message.content
    except (msgspec.MsgspecError, UnicodeError, IndexError, RecursionError) as error:
        raise RequestError(
            say("The answer of {host} is no chat completion ({why}).", host=host, why=str(error))
        ) from error
    content = _FENCE.sub("", _THOUGHTS.sub("", content)).strip()
    listed = _listed(content)
    found = _cleaned(listed if listed is not None else _lines(content))
    if not found:
        raise RequestError(
            say("{host} answered without a prompt; ask again, or say it in other words.", host=host)
        )
    return found


def as_choices(prompts: Iterable[str]) -> str:
    """One prompt, of which each seed takes one."""
    options = [_ESCAPED.sub(r"\\\1", prompt) for prompt in prompts]
    return f"{{{'|'.join(options)}}}" if len(options) > 1 else "".join(options)


def _listed(content: str) -> list[str] | None:
    """Also where a sentence stands around it, or it is in a table."""
    first, last = content.find("["), content.rfind("]")
    if first < 0 or last < first:
        return None
    try:
        found: Any = json.loads(content[first : last + 1])
    except (ValueError, RecursionError):
        return None
    texts = [one for one in found if isinstance(one, str)]
    return texts if texts or not first else None  # else it is a prompt with brackets in it


def _lines(content: str) -> Iterator[str]:
    """Without numbers before them, and without a sentence that only leads to them."""
    lines = [line for line in content.splitlines() if line.strip()]
    for line in lines:
        if len(lines) == 1 or not line.rstrip().endswith(":"):
            yield _NUMBERING.sub("", line)


def _cleaned(prompts: Iterable[str]) -> tuple[str, ...]:
    """On one line each, bounded, each once."""
    found: dict[str, None] = {}
    for prompt in prompts:
        shown = "".join(c if c.isprintable() else " " for c in prompt)
        line = " ".join(shown.split()).strip('"“” ')[:_MOST_CHARS]
        if line and len(found) < _MOST_READ:
            found[line] = None
    return tuple(found)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
