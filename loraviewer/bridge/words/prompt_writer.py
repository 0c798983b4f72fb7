"""A language model that writes prompts: asked only when somebody says so, and nothing of its answer
is used before somebody says that, too."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.prompt_model import PromptModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.language_models import Asked, ModelServer, as_choices, read_prompts
from loraviewer.core.language_server import ModelCall
from loraviewer.core.outcome import Failure
from loraviewer.core.request import PromptAuthor

Stage = Literal["idle", "asking", "answered", "failed"]


@dataclass(frozen=True)
class Writing:
    """`prompts`: of the last answer. `sentence`: why there is none."""

    stage: Stage = "idle"
    prompts: tuple[str, ...] = ()
    sentence: str = ""


class PromptWriter(QObject):
    """One question at a time. GUI thread only; its pool waits for the server."""

    changed = Signal(object)  # Writing

    def __init__(
        self, prompt: PromptModel, settings: SettingsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._prompt = prompt
        self._settings = settings
        self._tasks = BackgroundTasks(self)  # one may still be looking for a server that is gone
        self._call: ModelCall | None = None
        self._writing = Writing()
        self._answer: tuple[str, ...] = ()
        self._author = PromptAuthor(model="", host="", instruction="")
        """Of the last answer, whatever was asked since."""

    @property
    def writing(self) -> Writing:
        return self._writing

    @property
    def server(self) -> ModelServer:
        return self._settings.settings.language_server

    @property
    def typed(self) -> str:
        """The prompt that is sent along."""
        return self._prompt.sampling.typed

    def keep_server(self, server: ModelServer) -> None:
        """For the next time, without any key."""
        self._settings.change(language_server=server)

    def ask(self, instruction: str, count: int, key: str = "") -> None:
        """key: "" for that of the environment variable, or for none; it is kept nowhere."""
        server = self.server
        if server.key_variable and not key:
            key = os.environ.get(server.key_variable, "")
            if not key:
                words = self.tr("There is no environment variable {} with a key in it.")
                self._show(Writing("failed", sentence=words.format(server.key_variable)))
                return
        self.cancel()
        self._call = call = ModelCall(server, key)
        body = Asked(prompt=self.typed, instruction=instruction, count=count).body(server.model)
        self._show(Writing("asking"))
        author = PromptAuthor(model=server.model, host=server.host, instruction=instruction)
        answer = partial(_answered, call, body, server.host)
        self._tasks.run(answer, partial(self._on_answer, call, author))

    def cancel(self) -> None:
        """Hang up; what comes late is not looked at."""
        if self._call is not None:
            self.hang_up()
            self._show(Writing())

    def use(self, prompt: str) -> None:
        """It is the prompt from now on, in one step."""
        self._take(prompt, prompt not in self._answer)

    def use_all(self, prompts: Sequence[str]) -> None:
        """One prompt, of which each seed takes one."""
        self._take(as_choices(prompts), not {*prompts} <= {*self._answer})

    def hang_up(self) -> None:
        """The window closes: nobody is told."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def close(self, patience_ms: int) -> bool:
        """Whether all has ended."""
        self.hang_up()
        return self._tasks.close(patience_ms)

    def _take(self, prompt: str, is_edited: bool) -> None:
        self._prompt.take_written(prompt, replace(self._author, is_edited=is_edited))

    def _on_answer(
        self, call: ModelCall, author: PromptAuthor, answer: tuple[str, ...] | Failure
    ) -> None:
        if call is not self._call:
            return
        self._call = None
        if isinstance(answer, Failure):
            self._show(Writing("failed", sentence=shown(answer.message)))
        else:
            self._author, self._answer = author, answer
            self._show(Writing("answered", answer))

    def _show(self, writing: Writing) -> None:
        self._writing = writing
        self.changed.emit(writing)


def _answered(call: ModelCall, body: bytes, host: str) -> tuple[str, ...]:
    return read_prompts(call.answer(body), host)
