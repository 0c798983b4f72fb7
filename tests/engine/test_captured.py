"""Programs whose calls are recorded and replayed, with a recorder in place of a card: it knows
inputs, output and weights by their memory alone, as a CUDA graph does."""

from collections.abc import Mapping, Sequence

import msgspec
import pytest
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.outcome import LoraviewerError
from loraviewer.engine.compiling import captured
from loraviewer.engine.compiling.captured import CapturedProgram, Graphs
from loraviewer.engine.compiling.compiled_denoiser import CompiledDenoiser
from loraviewer.engine.compiling.cuda_capture import graph_bytes
from loraviewer.engine.device import FreeMemory
from loraviewer.engine.placement.placement import Placement
from loraviewer.engine.rendering import least_memory
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine.asking import render
from tests.engine.conftest import silent, start_over
from tests.engine.fake_compiler import FakeCompiler
from tests.engine.placement.recording import RecordingMover
from tests.engine.recorder import Recorder


class Affine:
    """Implements `Program`: the weights times the first tensor, and the second added."""

    def __init__(self) -> None:
        self.weights: Mapping[str, torch.Tensor] = {}
        self.calls = 0

    def bind(self, weights: Mapping[str, torch.Tensor]) -> None:
        self.weights = {name: weight.detach() for name, weight in weights.items()}

    def __call__(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        self.calls += 1
        return self.weights["w"] @ tensors[0] + tensors[1]


class Place:
    def __init__(self, fails_at: str = "") -> None:
        self.recorder = Recorder(fails_at)
        self.graphs = Graphs(self.recorder)
        self.inner = Affine()
        self.weight = torch.eye(3)
        self.program = CapturedProgram(self.inner, self.graphs)
        self.program.bind({"w": self.weight})

    def asked(self, number: float, columns: int = 2) -> torch.Tensor:
        return self.program([torch.full((3, columns), number), torch.tensor(0.5)])


@pytest.fixture
def place() -> Place:
    return Place()


def test_it_is_recorded_once_and_replayed(place):
    for number in (1.0, 2.0, 3.0, 4.0):
        assert torch.equal(place.asked(number), torch.full((3, 2), number + 0.5))
    assert place.recorder.warmed == 1
    (recorded,) = place.recorder.recorded
    assert recorded.replayed == 3
    assert place.inner.calls == 2  # as it is, and to be recorded


def test_an_answer_may_be_kept(place):
    answers = [place.asked(number) for number in (1.0, 2.0, 3.0)]
    assert [float(answer[0, 0]) for answer in answers] == [1.5, 2.5, 3.5]
    answers[1].zero_()
    assert float(place.asked(7.0)[0, 0]) == 7.5


def test_what_was_given_is_left_alone(place):
    given = torch.full((3, 2), 2.0)
    for _ in range(3):
        place.program([given, torch.tensor(0.5)])
        assert torch.equal(given, torch.full((3, 2), 2.0))
        given.add_(1.0)  # nobody's buffer
        given.sub_(1.0)


def test_a_merge_in_place_changes_what_is_replayed(place):
    for _ in range(2):
        place.asked(1.0)
    place.weight.mul_(3.0)
    assert float(place.asked(1.0)[0, 0]) == 3.5
    place.weight.div_(3.0)
    assert float(place.asked(1.0)[0, 0]) == 1.5
    assert len(place.recorder.recorded) == 1


def test_weights_that_were_moved_are_recorded_anew(place):
    for _ in range(2):
        place.asked(1.0)
    moved = 2 * place.weight
    place.program.bind({"w": moved})
    assert place.recorder.given_back == 1
    for _ in range(3):
        assert float(place.asked(1.0)[0, 0]) == 2.5
    assert (place.recorder.warmed, len(place.recorder.recorded)) == (2, 2)


def test_each_program_has_a_recording_of_its_own(place):
    wide = CapturedProgram(Affine(), place.graphs)
    wide.bind({"w": place.weight})
    for number in (1.0, 2.0, 3.0):
        assert place.asked(number).shape == (3, 2)
        answer = wide([torch.full((3, 5), number), torch.tensor(0.0)])
        assert torch.equal(answer, torch.full((3, 5), number))
    assert len(place.recorder.recorded) == 2


def test_recordings_of_moved_weights_go_all_at_once(place):
    other = CapturedProgram(Affine(), place.graphs)
    other.bind({"w": place.weight})
    for _ in range(2):
        place.asked(1.0)
        other([torch.ones(3, 1), torch.tensor(0.0)])
    moved = {"w": 5 * place.weight}
    place.program.bind(moved)
    assert place.recorder.given_back == 1
    for _ in range(2):
        assert float(place.asked(1.0)[0, 0]) == 5.5
    other.bind(moved)  # later, and what was recorded meanwhile stays
    assert place.recorder.given_back == 1
    assert float(place.asked(1.0)[0, 0]) == 5.5
    assert len(place.recorder.recorded) == 3


@pytest.mark.parametrize("where", ["warm", "record"])
def test_where_it_fails_the_program_goes_on_as_it_is(where):
    place = Place(fails_at=where)
    for number in (1.0, 2.0, 3.0):
        assert torch.equal(place.asked(number), torch.full((3, 2), number + 0.5))
    place.recorder.fails_at = ""
    assert float(place.asked(4.0)[0, 0]) == 4.5
    assert not place.recorder.recorded  # it is not tried again
    assert place.recorder.given_back == 1
    assert place.graphs.problem == (
        "Pictures of this base come of a compiled denoiser whose steps could not be captured "
        "(CUDA out of memory), so they may be slower than this card allows."
    )


def test_what_fails_uncaptured_too_is_told(place):
    for _ in range(2):
        place.asked(1.0)
    place.program.bind({})
    with pytest.raises((RuntimeError, KeyError)):
        place.asked(1.0)


def test_their_memory_counts_as_taken(place, monkeypatch):
    for has, left in (({"host": 5000, "device": 7000}, 6000), ({"host": 5000, "device": 10}, 0)):
        monkeypatch.setattr(captured, "free_memory", lambda _, has=has: FreeMemory(**has))
        for _ in range(2):
            place.asked(1.0)
        assert place.graphs.free(torch.device("cuda")) == FreeMemory(5000, left)
    monkeypatch.setattr(captured, "free_memory", lambda _: FreeMemory(5000, 7000))
    place.graphs.spare()
    assert place.graphs.free(torch.device("cuda")) == FreeMemory(5000, 7000)


def test_a_picture_has_room_once_they_are_gone(studio, request_for, monkeypatch):
    studio.compile(request_for())
    needed = least_memory.least_bytes(studio.engine.checkpoint, request_for())
    held = studio.recorder.held_bytes()
    assert held
    for free, gone in ((needed + held, 0), (needed + held - 1, 1)):
        monkeypatch.setattr(least_memory, "free_memory", lambda _, free=free: FreeMemory(free))
        assert studio.asked(request_for()).request.is_compiled
        assert studio.recorder.given_back == gone


def test_their_memory_is_given_up_for_something_else(place):
    assert not place.graphs.spare()  # there is none yet
    for _ in range(2):
        place.asked(1.0)
    assert place.graphs.spare()
    assert place.recorder.given_back == 1
    assert float(place.asked(3.0)[0, 0]) == 3.5
    assert len(place.recorder.recorded) == 1
    assert place.graphs.problem == ""


# The denoiser of a real pipeline


class Studio:
    def __init__(self, folder, recorder: Recorder) -> None:
        self.compiler = FakeCompiler()
        self.recorder = recorder
        self.engine = StudioEngine("cpu", compiler=self.compiler, capture=lambda _: recorder)
        self.engine.load_checkpoint(str(folder / "sd"), CancelToken(), silent)

    def advance(self) -> CompileReport:
        return self.engine.advance_compiling(CancelToken())

    def compile(self, request) -> CompileReport:
        self.asked(request)
        self.advance()
        self.compiler.finish()
        return self.advance()

    def asked(self, request):
        start_over(self.engine)
        return render(self.engine, msgspec.structs.replace(request, is_compiled=True))


@pytest.fixture
def studio(tiny_folder) -> Studio:
    return Studio(tiny_folder, Recorder())


def test_captured_pictures_are_those_of_the_program(studio, tiny_folder, request_for, style):
    request = request_for(style)
    uncaptured = Studio(tiny_folder, Recorder(fails_at="warm"))
    told = [one.compile(request) for one in (studio, uncaptured)]
    assert told[0] == CompileReport(ready=1)
    assert "could not be captured" in told[1].remark
    made = [one.asked(request) for one in (studio, uncaptured)]
    assert all(one.request.is_compiled for one in made)
    assert made[0].picture == made[1].picture
    (recorded,) = studio.recorder.recorded
    assert recorded.replayed == 2 + request.sampling.steps  # two of them to be proved


@pytest.mark.long
def test_merges_between_pictures_record_nothing_anew(studio, request_for, style):
    studio.compile(request_for(style))
    made = {}
    for scale in (0.4, 1.0, 0.4):
        stack = msgspec.structs.replace(style, scale=scale)
        live = studio.asked(request_for(stack))
        assert made.setdefault(scale, live.picture) == live.picture
    assert len(set(made.values())) == 2
    assert len(studio.recorder.recorded) == 1


def test_moved_weights_of_a_denoiser_are_recorded_anew(studio, request_for, style):
    request = request_for(style)
    studio.compile(request)
    first = studio.asked(request)
    for parameter in studio.engine.checkpoint.pipeline.unet.parameters():
        parameter.data = parameter.data.clone()
    assert studio.asked(request).picture == first.picture
    assert len(studio.recorder.recorded) == 2


def test_each_form_is_recorded_and_proved(studio, request_for):
    studio.compile(request_for())
    studio.compile(request_for(width=40))
    assert [one.replayed for one in studio.recorder.recorded] == [2, 2]


class Wrong(Recorder):
    """As a card that computes something else from what it recorded."""

    def record(self, work):
        return super().record(lambda: 1.1 * work())


def test_what_says_something_else_once_captured_is_not_used(tiny_folder, request_for):
    studio = Studio(tiny_folder, Wrong())
    told = studio.compile(request_for())
    assert told.ready == 1
    assert "what was captured of it said something else" in told.remark
    assert studio.asked(request_for()).request.is_compiled
    assert studio.recorder.given_back == 1


class Stale(Recorder):
    """As a card that forgot what it was given last."""

    def record(self, work):
        kept = work()
        return super().record(lambda: kept * 1.0)


def test_one_that_always_says_the_same_is_found_out(tiny_folder, request_for):
    studio = Studio(tiny_folder, Stale())
    assert "said something else" in studio.compile(request_for()).remark


@pytest.mark.long
def test_nothing_is_kept_for_a_lack_of_memory(studio, request_for):
    studio.compile(request_for())
    studio.engine.recover()
    assert studio.recorder.given_back == 1
    assert studio.asked(request_for()).request.is_compiled
    assert len(studio.recorder.recorded) == 1


@pytest.mark.long
def test_another_base_that_is_opened_has_their_memory(studio, request_for, tmp_path):
    studio.compile(request_for())
    with pytest.raises(LoraviewerError):
        studio.engine.load_checkpoint(str(tmp_path / "none"), CancelToken(), silent)
    assert studio.recorder.given_back == 1
    assert studio.asked(request_for()).request.is_compiled  # the former one goes on


def test_nothing_is_captured_where_weights_come_and_go(tiny_folder, monkeypatch):
    """There is no room for it, and they come back to another place."""
    for is_whole in (True, False):
        monkeypatch.setattr(Placement, "is_whole", is_whole)
        studio = Studio(tiny_folder, Recorder())
        loaded = studio.engine._loaded
        assert loaded is not None
        assert (loaded.graphs.capture is not None) == is_whole


def test_a_base_that_waits_in_part_is_not_whole(tiny_folder):
    networks = Studio(tiny_folder, Recorder()).engine.checkpoint.networks
    mover = RecordingMover()
    assert Placement(networks).is_whole
    assert not Placement(networks, ("text_encoder",), mover=mover).is_whole
    assert not Placement(networks, turning="unet", mover=mover).is_whole


def test_memory_of_graphs_is_nobody_elses():
    """Two segments of a pool and an ordinary one of this card, and one of another."""
    segments = [
        {"device": 0, "segment_pool_id": (0, 1), "total_size": 100, "allocated_size": 30},
        {"device": 0, "segment_pool_id": (0, 1), "total_size": 50, "allocated_size": 0},
        {"device": 0, "segment_pool_id": (0, 0), "total_size": 1000, "allocated_size": 0},
        {"device": 1, "segment_pool_id": (0, 2), "total_size": 7, "allocated_size": 0},
    ]
    assert [graph_bytes(segments, index) for index in (0, 1)] == [120, 7]


def test_a_device_without_captures_has_none(tiny_folder, request_for):
    plain = StudioEngine("cpu", compiler=FakeCompiler())
    plain.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    loaded = plain._loaded
    assert loaded is not None
    assert isinstance(loaded.compiled, CompiledDenoiser)
    assert loaded.graphs.capture is None
