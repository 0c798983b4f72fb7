"""How an experiment's thread asks the engine thread and waits for the answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from loraviewer.core.cancel import Cancelled
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import (
    Failure,
    FailureKind,
    LoraviewerError,
    NotFinite,
    Rendered,
)
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured

Answered = Rendered | PicturesMeasured | Failure


class EngineFailed(LoraviewerError):  # noqa: N818 - it says what happened
    """What the engine thread could not do."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, subject=failure.subject)
        self.kind = failure.kind


class Question:
    """One picture or measurement; whoever answers it does so once. Any thread."""

    def __init__(self, wanted: Shot | PictureMeasurement) -> None:
        self.wanted = wanted
        self._answer: Future[Answered | None] = Future()

    def answer(self, answer: Answered | None) -> None:
        """None where nobody will. What comes after another answer counts for nothing."""
        if not self._answer.done():
            self._answer.set_result(answer)

    @property
    def is_answered(self) -> bool:
        return self._answer.done()

    def wait(self, seconds: float | None = None) -> Answered | None:
        """Raises `TimeoutError` where it takes longer."""
        return self._answer.result(seconds)


class EngineLine:
    """Of one run of an experiment. Its thread asks; any thread closes it, and then nothing waits
    any more."""

    def __init__(
        self,
        post: Callable[[Question], None],
        before_long: Callable[[], None] = lambda: None,
        soon_s: float = 0.0,
    ) -> None:
        """post: hands a question to the GUI thread. before_long: called by who waits, once an
        answer takes longer than `soon_s`."""
        self._post = post
        self._before_long = before_long
        self._soon_s = soon_s
        self._lock = threading.Lock()
        self._question: Question | None = None
        self._is_closed = False

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._question is not None:
                self._question.answer(None)

    def picture(self, shot: Shot) -> Rendered | NotFinite:
        """Raises `EngineFailed` and `Cancelled`."""
        answer = self._asked(shot)
        if isinstance(answer, Failure):
            if answer.kind is FailureKind.PICTURE:
                return NotFinite(answer.message)
            raise EngineFailed(answer)
        assert isinstance(answer, Rendered)
        return answer

    def measured(self, wanted: PictureMeasurement) -> PicturesMeasured:
        """Raises `EngineFailed` and `Cancelled`."""
        answer = self._asked(wanted)
        if isinstance(answer, Failure):
            raise EngineFailed(answer)
        assert not isinstance(answer, Rendered)
        return answer

    def check(self) -> None:
        """Raises `Cancelled` once it is closed."""
        if self._is_closed:
            raise Cancelled

    def _asked(self, wanted: Shot | PictureMeasurement) -> Answered:
        question = Question(wanted)
        with self._lock:
            self.check()
            self._question = question
        self._post(question)
        answer = self._waited_for(question)
        if answer is None:
            raise Cancelled
        return answer

    def _waited_for(self, question: Question) -> Answered | None:
        try:
            return question.wait(self._soon_s)
        except TimeoutError:
            self._before_long()
        return question.wait()
