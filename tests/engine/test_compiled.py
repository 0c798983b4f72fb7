"""Pictures that may be compiled: by the plain denoiser until a program is there, then by that, of
the live weights, and never by one that is wrong."""

import contextlib

import msgspec
import numpy as np
import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.infotext import read_json, record_of, to_json
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import GenerationRequest, ResumedFrom
from loraviewer.core.stored_picture import picture_key
from loraviewer.core.verification import RecordedPicture
from loraviewer.engine.studio_engine import StudioEngine
from loraviewer.engine.verification import made_again
from tests.engine.asking import render
from tests.engine.conftest import silent, start_over
from tests.engine.fake_compiler import FakeCompiler


@pytest.fixture
def compiler() -> FakeCompiler:
    return FakeCompiler()


@pytest.fixture
def studio(tiny_folder, compiler) -> StudioEngine:
    return opened(tiny_folder, compiler)


def opened(folder, compiler: FakeCompiler, **wishes) -> StudioEngine:
    engine = StudioEngine("cpu", compiler=compiler, **wishes)
    engine.load_checkpoint(str(folder / "sd"), CancelToken(), silent)
    return engine


def asked(request: GenerationRequest) -> GenerationRequest:
    return msgspec.structs.replace(request, is_compiled=True)


def advance(engine: StudioEngine) -> CompileReport:
    return engine.advance_compiling(CancelToken())


def compiled(engine: StudioEngine, compiler: FakeCompiler, request: GenerationRequest) -> None:
    """A program for pictures of this shape is there, and nothing is known of any picture."""
    start_over(engine)
    render(engine, asked(request))
    advance(engine)
    compiler.finish()
    advance(engine)
    start_over(engine)


def levels_apart(one: Rendered, other: Rendered) -> int:
    pixels = [np.frombuffer(r.picture.rgb, np.uint8).astype(int) for r in (one, other)]
    return int(np.abs(pixels[0] - pixels[1]).max())


def test_the_plain_denoiser_answers_until_a_program_is_there(studio, compiler, request_for, style):
    request = request_for(style)
    plain = render(studio, request)
    start_over(studio)
    for _ in range(2):
        first = render(studio, asked(request))
        assert not first.request.is_compiled
        assert first.picture == plain.picture
        assert advance(studio) == CompileReport(waiting=1, is_building=True)
        start_over(studio)
    compiler.finish()
    assert advance(studio) == CompileReport(ready=1)
    swapped = render(studio, asked(request))
    assert swapped.request.is_compiled
    assert compiler.programs[0].calls == 1 + request.sampling.steps  # once to be proved
    assert levels_apart(swapped, plain) <= 2


def test_a_proof_that_is_broken_off_is_made_later_and_loads_nothing_again(
    studio, compiler, request_for
):
    render(studio, asked(request_for()))
    advance(studio)
    compiler.finish()
    token, network = CancelToken(), studio.checkpoint.networks["unet"]
    last = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)][-1]
    seen = []

    def somebody_waits(*_) -> None:
        seen.append(True)
        token.cancel()

    handle = network.conv_in.register_forward_pre_hook(somebody_waits)
    late = last.register_forward_hook(lambda *_: seen.append(False))
    with pytest.raises(Cancelled):
        studio.advance_compiling(token)
    handle.remove()
    late.remove()
    assert seen == [True], "the rest of the network was not run"
    assert [program.calls for program in compiler.programs] == [0]
    assert not any(m._forward_pre_hooks for m in network.modules())
    assert advance(studio) == CompileReport(ready=1)
    assert [program.calls for program in compiler.programs] == [1]


def test_nobody_who_does_not_ask_gets_a_compiled_picture(studio, compiler, request_for, style):
    request = request_for(style)
    plain = render(studio, request)
    compiled(studio, compiler, request)
    calls = compiler.programs[0].calls
    assert render(studio, request).picture == plain.picture
    assert compiler.programs[0].calls == calls


def test_nothing_is_compiled_where_nobody_asked(studio, compiler, request_for):
    render(studio, request_for())
    assert advance(studio) == CompileReport()
    assert not compiler.begun


def test_what_is_known_already_answers_either_way(studio, compiler, request_for, style):
    request = request_for(style)
    compiled(studio, compiler, request)
    plain = render(studio, request)
    again = render(studio, asked(request))
    assert again.is_from_cache
    assert not again.request.is_compiled
    assert again.picture == plain.picture


def test_a_program_is_of_one_shape(studio, compiler, request_for):
    compiled(studio, compiler, request_for())
    others = [request_for(width=40), request_for(guidance_scale=1.0)]
    for number, other in enumerate(others, start=2):
        assert not render(studio, asked(other)).request.is_compiled
        advance(studio)
        assert len(compiler.begun) == number
        compiler.finish()
        assert advance(studio).ready == number
    start_over(studio)
    for request in (request_for(), *others):
        assert render(studio, asked(request)).request.is_compiled


def test_steps_seeds_and_samplers_share_a_program(studio, compiler, request_for):
    compiled(studio, compiler, request_for())
    for changed in ({"seed": 9}, {"steps": 4}, {"sampler": "Euler a"}, {"guidance_scale": 2.5}):
        assert render(studio, asked(request_for(**changed))).request.is_compiled
    assert len(compiler.begun) == 1


def test_merges_change_compiled_pictures_as_plain_ones(studio, compiler, request_for, style):
    """A drag there and back: each as far from the plain picture as roundings go, and the same
    stack the same bytes."""
    compiled(studio, compiler, request_for())
    made = {}
    for scale in (0.0, 0.4, 1.0, 0.4, 0.0):
        request = request_for(*([msgspec.structs.replace(style, scale=scale)] if scale else []))
        start_over(studio)
        plain = render(studio, request)
        start_over(studio)
        live = render(studio, asked(request))
        assert live.request.is_compiled
        assert live.fingerprint == plain.fingerprint
        assert levels_apart(live, plain) <= 2
        assert made.setdefault(scale, live.picture) == live.picture
    assert len(set(made.values())) == 3


def test_a_fader_that_is_held_and_resumed_drafts(studio, compiler, request_for, style):
    compiled(studio, compiler, request_for())
    settled = render(studio, asked(request_for(style)))
    moved = msgspec.structs.replace(style, scale=0.9)
    draft = msgspec.structs.replace(
        asked(request_for(moved)),
        is_draft=True,
        held=style.sha256,
        grasped=(style,),
        resumed=ResumedFrom((style,), 1),
        checkpoint=settled.request.checkpoint,
    )
    made = render(studio, draft)
    assert made.request.is_compiled
    assert made.request.resumed is not None
    assert made.picture != settled.picture


def test_weights_that_were_moved_are_bound_anew(studio, compiler, request_for, style):
    request = request_for(style)
    compiled(studio, compiler, request)
    first = render(studio, asked(request))
    start_over(studio)
    for parameter in studio.checkpoint.pipeline.unet.parameters():
        parameter.data = parameter.data.clone()  # as a denoiser that gave way comes back
    assert render(studio, asked(request)).picture == first.picture
    start_over(studio)
    assert render(studio, request).picture != render(studio, request_for()).picture


def test_a_program_that_breaks_is_left_for_good(studio, compiler, request_for, style):
    request = request_for(style)
    plain = render(studio, request)
    compiled(studio, compiler, request)
    compiler.programs[0].fails_at = compiler.programs[0].calls + 2
    made = render(studio, asked(request))
    assert not made.request.is_compiled
    assert made.picture == plain.picture
    told = advance(studio)
    assert told.problem == (
        "The compiled denoiser failed, and the plain one goes on (the program broke)."
    )
    assert (told.ready, told.waiting) == (0, 0)
    start_over(studio)
    assert render(studio, asked(request)).picture == plain.picture


def test_a_program_that_says_something_else_is_not_used(tiny_folder, request_for):
    compiler = FakeCompiler(factor=1.01)
    studio = opened(tiny_folder, compiler)
    compiled(studio, compiler, request_for())
    assert advance(studio) == CompileReport(
        problem="The compiled denoiser says something else than the plain one; it is not used."
    )
    assert not render(studio, asked(request_for())).request.is_compiled


@pytest.mark.parametrize("way", ["refused", "failed"])
def test_what_cannot_be_compiled_is_said_once_and_left(studio, compiler, request_for, way):
    compiler.refuses = "No compiler." if way == "refused" else ""
    render(studio, asked(request_for()))
    advance(studio)
    compiler.finish("failed")
    told = advance(studio)
    assert told.problem == ("No compiler." if way == "refused" else "It could not be compiled.")
    assert told.waiting == 0
    assert not told.is_building
    assert advance(studio) == told


def test_something_that_listens_inside_is_heard(studio, compiler, request_for):
    request = request_for()
    compiled(studio, compiler, request)
    calls = compiler.programs[0].calls
    unet, heard = studio.checkpoint.pipeline.unet, []
    handle = unet.mid_block.register_forward_hook(lambda *_: heard.append(1))
    made = render(studio, asked(request))
    handle.remove()
    assert heard
    assert not made.request.is_compiled
    assert compiler.programs[0].calls == calls
    start_over(studio)
    assert render(studio, asked(request)).request.is_compiled


def test_adapters_beside_the_weights_are_never_compiled(tiny_folder, compiler, request_for, style):
    studio = opened(tiny_folder, compiler, merge_mode="unmerged")
    assert not render(studio, asked(request_for(style))).request.is_compiled
    assert advance(studio) == CompileReport()


def test_a_cancelled_picture_leaves_the_network_as_it_was(studio, compiler, request_for):
    request = request_for()
    plain = render(studio, request)
    compiled(studio, compiler, request)
    token = CancelToken()
    with contextlib.suppress(Cancelled):
        render(studio, asked(request), token=token, on_progress=lambda _: token.cancel())
    assert "forward" not in vars(studio.checkpoint.pipeline.unet)
    assert render(studio, request).picture == plain.picture


def test_another_base_has_nothing_compiled(studio, compiler, request_for, tiny_folder):
    compiled(studio, compiler, request_for())
    studio.load_checkpoint(str(tiny_folder / "sd"), CancelToken(), silent)
    assert compiler.is_closed
    assert advance(studio) == CompileReport()
    assert not render(studio, asked(request_for())).request.is_compiled


def test_a_batch_has_a_program_of_its_own(tiny_folder, compiler, request_for):
    studio = opened(tiny_folder, compiler, batch_pixels=2**20)
    seeds = [asked(request_for(seed=seed)) for seed in (1, 2)]

    def both() -> list[bool]:
        start_over(studio)
        made = studio.render_many(seeds, CancelToken(), lambda *_: None)
        return [one.request.is_compiled for one in made]

    assert both() == [False, False]
    advance(studio)
    compiler.finish()
    advance(studio)
    assert both() == [True, True]
    assert not render(studio, asked(request_for(seed=1))).request.is_compiled


def test_its_record_says_so_and_no_other_record_does(studio, compiler, request_for, style):
    request = request_for(style)
    plain = render(studio, request)
    compiled(studio, compiler, request)
    made = render(studio, asked(request))
    assert "compiled" not in to_json(record_of(plain))
    read = read_json(to_json(record_of(made)))
    assert read.note == ""
    assert read.record.request.is_compiled
    keys = {picture_key(one.request, {}) for one in (plain, made)}
    assert len(keys) == 2


def test_verifying_one_without_its_program_says_why(studio, compiler, engine, request_for, style):
    request = request_for(style)
    compiled(studio, compiler, request)
    made = render(studio, asked(request))
    recorded = RecordedPicture(record=record_of(made), picture=made.picture, request=made.request)
    start_over(studio)
    assert made_again(studio, recorded, CancelToken(), silent).result == "identical"
    checked = made_again(engine, recorded, CancelToken(), silent)
    assert checked.result in ("identical", "within")
    if checked.result == "within":
        assert checked.causes == ("the denoiser was compiled and is not compiled",)


def test_programs_are_named_by_all_that_decides_them(studio, compiler, request_for):
    render(studio, asked(request_for()))
    advance(studio)
    (task,) = compiler.begun
    others = [
        msgspec.structs.replace(task, machine="another"),
        msgspec.structs.replace(task, weights=task.weights[1:]),
        msgspec.structs.replace(task, form=msgspec.structs.replace(task.form, tensors=())),
        msgspec.structs.replace(task, device="cuda"),
    ]
    assert len({task.key, *(other.key for other in others)}) == 5
    assert msgspec.json.decode(msgspec.json.encode(task), type=type(task)).key == task.key
    assert torch.float32 == getattr(torch, task.form.tensors[0].dtype)
