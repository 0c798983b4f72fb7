"""The engine thread: one thread, latest wins, failures as data, clean shutdown."""

import threading

import pytest

from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.rendering.jobs import LoadJob, RenderJob, ReportJob, Stopped
from loraviewer.core.outcome import Failure, FailureKind, MergeError, Rendered
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from tests.fakes import PATIENCE_S, ScriptedEngine


def render(seed: int, pane="current", steps: int = 4) -> RenderJob:
    sampling = Sampling(seed=seed, steps=steps)
    return RenderJob(pane, GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=sampling))


@pytest.fixture
def ended(engine_thread: EngineThread) -> list:
    """All answers, in order."""
    outcomes: list = []
    engine_thread.ended.connect(outcomes.append)
    return outcomes


def until(qtbot, condition) -> None:
    qtbot.waitUntil(condition, timeout=int(PATIENCE_S * 1000))


def test_all_work_runs_on_one_other_thread(engine_thread, engine, ended, qtbot):
    engine_thread.submit(LoadJob("demo"))
    engine_thread.submit(render(1, "base"))
    engine_thread.submit(render(2, "current"))
    until(qtbot, lambda: len(ended) == 3)
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


def test_of_sixty_ticks_the_newest_is_rendered(engine_thread, engine, ended, qtbot):
    engine.hold()
    engine_thread.submit(render(0))
    assert engine.reached.acquire(timeout=PATIENCE_S)
    for seed in range(1, 61):
        engine_thread.submit(render(seed))
    engine.release(1000)
    until(qtbot, lambda: len(ended) == 2)
    assert [r.sampling.seed for r in engine.rendered] == [0, 60]


def test_a_superseded_job_stops_at_its_next_step(engine_thread, engine, ended, qtbot):
    engine.hold()
    engine_thread.submit(render(0, steps=50))
    assert engine.reached.acquire(timeout=PATIENCE_S)
    engine_thread.submit(render(1), supersedes_running=True)
    engine.release(1)
    until(qtbot, lambda: len(ended) == 1)
    assert isinstance(ended[0].answer, Stopped)
    engine.release(1000)
    until(qtbot, lambda: len(ended) == 2)
    assert [r.sampling.seed for r in engine.rendered] == [1]


def test_superseding_one_pane_leaves_the_other_alone(engine_thread, engine, ended, qtbot):
    engine.hold()
    engine_thread.submit(render(0, "base"))
    assert engine.reached.acquire(timeout=PATIENCE_S)
    engine_thread.submit(render(1, "current"), supersedes_running=True)
    engine.release(1000)
    until(qtbot, lambda: len(ended) == 2)
    assert all(isinstance(e.answer, Rendered) for e in ended)


def test_cancelling_a_key_takes_what_waits_and_what_runs(engine_thread, engine, ended, qtbot):
    engine.hold()
    engine_thread.submit(render(0))
    assert engine.reached.acquire(timeout=PATIENCE_S)
    waiting = engine_thread.submit(render(1))
    engine_thread.cancel("pane:current")
    engine.release(1)
    until(qtbot, lambda: len(ended) == 1)
    assert isinstance(ended[0].answer, Stopped)
    assert waiting.token.is_cancelled
    assert engine.rendered == []


@pytest.mark.parametrize(
    ("error", "kind", "recoveries"),
    [
        (MergeError("manga: unet.conv_in holds NaN.", subject="sha"), FailureKind.MERGE, 0),
        (MemoryError(), FailureKind.MEMORY, 1),
        (ZeroDivisionError("division by zero"), FailureKind.INTERNAL, 1),
    ],
)
def test_failures_arrive_as_data_and_the_thread_goes_on(
    engine_thread, engine, ended, qtbot, error, kind, recoveries
):
    engine.raises = error
    engine_thread.submit(render(0))
    until(qtbot, lambda: len(ended) == 1)
    failure = ended[0].answer
    assert isinstance(failure, Failure)
    assert failure.kind is kind
    assert "Traceback" in failure.detail
    assert engine.recoveries == recoveries
    engine_thread.submit(render(1))
    until(qtbot, lambda: len(ended) == 2)
    assert isinstance(ended[1].answer, Rendered)


def test_an_engine_that_cannot_be_made_is_a_failure(qapp, qtbot):
    def no_engine():
        raise ImportError("No module named 'torch'")

    engine_thread = EngineThread(no_engine)
    outcomes: list = []
    engine_thread.ended.connect(outcomes.append)
    engine_thread.start()
    engine_thread.submit(LoadJob("demo"))
    until(qtbot, lambda: len(outcomes) == 1)
    engine_thread.close()
    assert "torch" in outcomes[0].answer.message


def test_closing_while_it_renders_cancels_and_says_nothing_more(qapp, qtbot):
    engine = ScriptedEngine()
    engine.hold()
    engine_thread = EngineThread(lambda: engine)
    outcomes: list = []
    engine_thread.ended.connect(outcomes.append)
    engine_thread.start()
    running = engine_thread.submit(render(0))
    assert engine.reached.acquire(timeout=PATIENCE_S)
    waiting = engine_thread.submit(render(1, "base"))
    threading.Timer(0.01, engine.release, [1]).start()
    engine_thread.close()
    qtbot.wait(1)
    assert running.token.is_cancelled
    assert waiting.token.is_cancelled
    assert engine.is_closed
    assert outcomes == []
    assert engine_thread.submit(render(2)).token.is_cancelled


def test_closing_before_the_start_is_harmless(qapp):
    engine_thread = EngineThread(ScriptedEngine)
    engine_thread.close()
    engine_thread.close()


class UntellableError(RuntimeError):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), UntellableError(), GeneratorExit()]
)
def test_every_job_ends_whatever_is_raised(engine_thread, engine, ended, qtbot, error):
    engine.raises = error
    engine_thread.submit(render(1))
    engine_thread.submit(LoadJob("demo"))
    until(qtbot, lambda: len(ended) == 2)
    failure = next(e.answer for e in ended if isinstance(e.answer, Failure))
    assert failure.kind is FailureKind.INTERNAL
    assert type(error).__name__ in failure.message
    assert engine.recoveries == 1


def test_an_engine_that_cannot_recover_is_given_up(
    engine_thread, engine, ended, qtbot, monkeypatch
):
    def fail() -> None:
        raise SystemExit

    monkeypatch.setattr(engine, "recover", fail)
    monkeypatch.setattr(engine, "memory_bytes", lambda: 1 // 0)
    engine.raises = RuntimeError("odd")
    engine_thread.submit(render(1))
    until(qtbot, lambda: len(ended) == 1)
    assert "odd. Open the checkpoint again." in ended[0].answer.message
    assert engine.is_closed
    engine_thread.submit(LoadJob("demo"))  # a new engine is made
    until(qtbot, lambda: len(ended) == 2)
    assert not isinstance(ended[1].answer, Failure)


def test_a_report_can_be_stopped(engine_thread, engine, ended, qtbot):
    """Its file may take minutes to read."""
    seen = []
    engine.report = lambda path, sha256, token: seen.append(token)
    job = engine_thread.submit(ReportJob("a", "f" * 64))
    until(qtbot, lambda: len(ended) == 1)
    assert seen == [job.token]


def test_closing_does_not_wait_for_ever(engine_factory_that_hangs):
    engine_thread, release = engine_factory_that_hangs
    assert not engine_thread.close(patience_ms=50)
    assert not engine_thread.close(patience_ms=1)
    release.set()
    assert engine_thread.close(patience_ms=int(PATIENCE_S * 1000))


@pytest.fixture
def engine_factory_that_hangs(qapp):
    """A engine_thread whose engine never comes, as one that reads from a dead network drive."""
    entered, release = threading.Event(), threading.Event()

    def make():
        entered.set()
        release.wait(PATIENCE_S)
        return ScriptedEngine()

    engine_thread = EngineThread(make)
    engine_thread.start()
    engine_thread.submit(LoadJob("demo"))
    assert entered.wait(PATIENCE_S)
    yield engine_thread, release
    release.set()
    engine_thread.close()
