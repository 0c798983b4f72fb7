"""Prompts that pictures were made of, newest first, and those that somebody wants to keep."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

VERSION = 1
MOST_PROMPTS, MOST_STARRED = 500, 2_000
"""Of the others, and of those that are kept."""
MOST_CHARS = 20_000
"""Of a prompt that is kept; whoever has a longer one has it in a file."""
_GROWS_S = 60.0
_MOST_BYTES = 256 << 20
_LOCK_SECONDS = 2.0


class KeptPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """`text`: as it was typed. `used_at`: seconds since 1970."""

    text: str
    negative: str = ""
    is_starred: bool = False
    used_at: float = 0.0

    def is_same(self, other: "KeptPrompt") -> bool:
        return (self.text, self.negative) == (other.text, other.negative)


class PromptBook(msgspec.Struct, frozen=True, kw_only=True):
    version: int = VERSION
    prompts: tuple[KeptPrompt, ...] = ()

    def with_used(self, used: KeptPrompt) -> "PromptBook":
        """It becomes the newest. What only was on the way to it, letter by letter, goes."""
        if not used.text.strip() or max(len(used.text), len(used.negative)) > MOST_CHARS:
            return self
        known = next((one for one in self.prompts if one.is_same(used)), used)
        others = [one for one in self.prompts if not one.is_same(used)]
        if others and _is_on_the_way(others[0], used):
            del others[0]
        now = msgspec.structs.replace(used, is_starred=known.is_starred)
        return _bounded((now, *others))

    def with_star(self, prompt: KeptPrompt, on: bool) -> "PromptBook":
        """Also of one that is not there yet."""
        starred = msgspec.structs.replace(prompt, is_starred=on)
        if not any(one.is_same(prompt) for one in self.prompts):
            return _bounded((starred, *self.prompts)) if on else self
        changed = (
            msgspec.structs.replace(one, is_starred=on) if one.is_same(prompt) else one
            for one in self.prompts
        )
        return _bounded(tuple(changed))

    def without(self, prompt: KeptPrompt) -> "PromptBook":
        left = tuple(one for one in self.prompts if not one.is_same(prompt))
        return msgspec.structs.replace(self, prompts=left)

    def found(self, words: str, *, only_starred: bool = False) -> tuple[KeptPrompt, ...]:
        """Those that hold all of the words, in any order."""
        wanted = words.casefold().split()
        return tuple(
            one
            for one in self.prompts
            if (one.is_starred or not only_starred)
            and all(word in f"{one.text}\n{one.negative}".casefold() for word in wanted)
        )


Change = Callable[[PromptBook], PromptBook]


class PromptFile:
    """The book on disk, which several studios share. Not for the GUI thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> PromptBook:
        """Raises `FileError` for a file that holds no prompts, which stays as it is."""
        try:
            data = read_regular(self._path, _MOST_BYTES)
        except FileNotFoundError:
            return PromptBook()
        except OSError as error:
            raise FileError(
                say(
                    "“{path}” cannot be read: {why}.",
                    path=str(self._path),
                    why=reason_of(error),
                )
            ) from error
        try:
            book = msgspec.json.decode(data, type=PromptBook)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise FileError(
                say(
                    "“{path}” holds no prompts ({why}); move it away to have them kept again.",
                    path=str(self._path),
                    why=str(error),
                )
            ) from error
        if book.version > VERSION:
            raise FileError(
                say(
                    "“{path}” was written by a newer loraviewer; update this one to have "
                    "prompts kept.",
                    path=str(self._path),
                )
            )
        return book

    def change(self, change: Change) -> PromptBook:
        """What another studio kept meanwhile stays. Whole or not at all; raises `FileError`."""
        from filelock import FileLock, Timeout  # not needed to start

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                before = self.read()
                book = change(before)
                if book != before:
                    self._write(book)
                return book
        except Timeout as error:
            raise FileError(
                say(
                    "“{path}” is being written by another studio; this prompt is not kept.",
                    path=str(self._path),
                )
            ) from error
        except OSError as error:
            name = error.filename or self._path
            raise FileError(
                say(
                    "“{path}” cannot be written: {why}.",
                    path=str(name),
                    why=reason_of(error),
                )
            ) from error

    def _write(self, book: PromptBook) -> None:
        with new_file(self._path) as temporary:
            temporary.write_bytes(msgspec.json.format(encode_json(book)))


def _is_on_the_way(before: KeptPrompt, used: KeptPrompt) -> bool:
    """Pictures are made while somebody types, and takes letters back."""
    is_part = before.text.startswith(used.text) or used.text.startswith(before.text)
    is_soon = 0 <= used.used_at - before.used_at < _GROWS_S
    return is_part and is_soon and not before.is_starred and before.negative == used.negative


def _bounded(prompts: tuple[KeptPrompt, ...]) -> PromptBook:
    kept, room = list[KeptPrompt](), {True: MOST_STARRED, False: MOST_PROMPTS}
    for one in prompts:
        if room[one.is_starred] > 0:
            room[one.is_starred] -= 1
            kept.append(one)
    return PromptBook(prompts=tuple(kept))
