"""Programs that a process really compiles, and what of that can fail."""

import gc
import sys
import time
import weakref
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from loraviewer.engine.compiling.call_forms import CallForm, TensorForm
from loraviewer.engine.compiling.compiler import CompileError, ProcessCompiler, cpp_compiler
from loraviewer.engine.compiling.process import SharedMemory
from loraviewer.engine.compiling.task import CompileTask, live_weights, task_of

PATIENCE_S = 500


@pytest.fixture(scope="module")
def network() -> UNet2DConditionModel:
    """The smallest that has a bit of everything."""
    torch.manual_seed(3)
    made = UNet2DConditionModel(
        sample_size=4,
        down_block_types=("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",),
        block_out_channels=(8,),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=8,
        attention_head_dim=2,
    )
    return made.eval().requires_grad_(False)


FORM = CallForm(
    tensors=(
        TensorForm("sample", (2, 4, 4, 4), "float32"),
        TensorForm("timestep", (), "float32"),
        TensorForm("encoder_hidden_states", (2, 5, 8), "float32"),
    ),
    constants=(("return_dict", False),),
)


@pytest.fixture
def task(network) -> CompileTask:
    return task_of(network, FORM, "here")


def ended(compiler: ProcessCompiler, task: CompileTask) -> str:
    """Looks as the studio does, until it is done."""
    deadline = time.monotonic() + PATIENCE_S
    while compiler.state(task) == "building":
        assert time.monotonic() < deadline, "it never ended"
        time.sleep(0.05)
    return compiler.state(task)


def saying(script: str) -> list[str]:
    """A process in place of the one that compiles; it is given a task and a path."""
    return [sys.executable, "-c", script]


@pytest.mark.long
@pytest.mark.skipif(cpp_compiler() is None, reason="there is no C++ compiler here")
def test_a_program_computes_with_the_weights_as_they_are(tmp_path, network, task):
    compiler = ProcessCompiler(tmp_path / "programs")
    compiler.begin(task)
    assert compiler.state(task) == "building"
    assert ended(compiler, task) == "ready", compiler.why_not(task)
    assert [path.name for path in (tmp_path / "programs").iterdir()] == [f"{task.key}.pt2"]
    program = compiler.load(task)
    program.bind(live_weights(network))
    torch.manual_seed(4)
    tensors = [torch.randn(2, 4, 4, 4), torch.tensor(500.0), torch.randn(2, 5, 8)]

    def said() -> torch.Tensor:
        plain = network(**FORM.arguments(tensors))[0]
        made = program(tensors)
        assert torch.allclose(made, plain, rtol=1e-4, atol=1e-5)
        return made

    first = said()
    for weight in network.parameters():  # each matters, small ones and those of one number too
        kept = weight.clone()
        weight.add_(torch.randn_like(weight) * 0.3)
        said()
        weight.copy_(kept)
    assert torch.equal(said(), first)
    check_that_nothing_is_held(program, network, tensors)


class Memory(np.ndarray):
    """An array that can be watched."""


def check_that_nothing_is_held(program, network, tensors) -> None:
    """Weights that were moved, or whose base was closed, are free although they were bound."""
    memory = np.zeros((8, 4, 3, 3), np.float32).view(Memory)
    watched = weakref.ref(memory)
    weights = {**live_weights(network), "conv_in.weight": torch.from_numpy(memory)}
    program.bind(weights)
    program(tensors)
    del memory, weights
    gc.collect()
    assert watched() is None
    program.bind(live_weights(network))
    program(tensors)


def test_weights_of_a_network_that_is_compiled_take_the_memory_of_the_largest(task):
    shared = SharedMemory(task.weights, "cpu")
    dtypes = {form.name: getattr(torch, form.dtype) for form in task.weights}
    made = [
        shared.like(torch.empty(form.shape, device="meta"), dtypes[form.name])
        for form in task.weights
    ]
    assert [tuple(one.shape) for one in made] == [form.shape for form in task.weights]
    assert all(one.is_contiguous() for one in made)
    assert all(one.min() < one.max() for one in made)  # no compiler takes it for a constant
    assert all(b.data_ptr() > a.data_ptr() for a, b in pairwise(made))  # nor two for one
    assert len({one.untyped_storage().data_ptr() for one in made}) == 1
    taken = made[0].untyped_storage().nbytes()
    assert taken == 4 * (max(one.numel() for one in made) + 64 * len(made))
    parameter = torch.nn.Parameter(torch.empty(3, device="meta"))
    assert not SharedMemory(task.weights, "cpu").like(parameter, torch.float32).requires_grad


def test_a_card_without_room_for_it_compiles_nothing(tmp_path, task):
    room = {"cpu": None, "cuda": 2**30}
    compiler = ProcessCompiler(tmp_path / "programs", saying(""), lambda: "cc", room.get)
    with pytest.raises(CompileError) as refused:
        compiler.begin(msgspec.structs.replace(task, device="cuda"))
    assert refused.value.message == (
        "Compiling takes 2.1 GB of the graphics card, and 1.1 GB are free; the denoiser of this "
        "base runs as before."
    )
    assert not (tmp_path / "programs").exists()
    compiler.begin(task)
    ended(compiler, task)


def test_without_a_compiler_it_says_so(tmp_path, task):
    compiler = ProcessCompiler(tmp_path / "programs", find_compiler=lambda: None)
    with pytest.raises(CompileError, match=r"No C\+\+ compiler was found"):
        compiler.begin(task)
    assert not (tmp_path / "programs").exists()
    assert compiler.state(task) == "unknown"


def test_what_the_process_says_last_is_told(tmp_path, task):
    script = "import sys; print('warming up'); print('ValueError: too odd.'); sys.exit(1)"
    compiler = ProcessCompiler(tmp_path, saying(script), lambda: "cc")
    compiler.begin(task)
    assert ended(compiler, task) == "failed"
    assert compiler.why_not(task) == (
        "This denoiser cannot be compiled, and runs as before (ValueError: too odd)."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_leaves_nothing_has_failed(tmp_path, task):
    compiler = ProcessCompiler(tmp_path, saying(""), lambda: "cc")
    compiler.begin(task)
    assert ended(compiler, task) == "failed"
    assert "it did not say why" in compiler.why_not(task)


def test_a_process_is_ended_with_the_studio(tmp_path, task):
    compiler = ProcessCompiler(tmp_path, saying("import sys; sys.stdin.read()"), lambda: "cc")
    compiler.begin(task)
    assert compiler.state(task) == "building"
    compiler.close()
    assert compiler.state(task) == "unknown"
    assert list(tmp_path.iterdir()) == []


def test_one_at_a_time(tmp_path, task, network):
    other = task_of(network, FORM, "elsewhere")
    compiler = ProcessCompiler(tmp_path, saying("import sys; sys.stdin.read()"), lambda: "cc")
    compiler.begin(task)
    compiler.begin(other)
    assert compiler.state(other) == "unknown"
    compiler.close()


def test_a_damaged_program_is_said_and_gone(tmp_path, task):
    path = tmp_path / f"{task.key}.pt2"
    path.write_bytes(b"no package at all")
    compiler = ProcessCompiler(tmp_path)
    assert compiler.state(task) == "ready"
    with pytest.raises(CompileError, match="cannot be compiled"):
        compiler.load(task)
    assert compiler.state(task) == "unknown"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of folders are POSIX")
def test_a_folder_that_others_may_write_into_is_not_trusted(tmp_path, task):
    folder = tmp_path / "programs"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / f"{task.key}.pt2").write_bytes(b"from somebody else")
    compiler = ProcessCompiler(folder, find_compiler=lambda: "cc")
    assert compiler.state(task) == "unknown"
    with pytest.raises(CompileError, match="others may write"):
        compiler.begin(task)


def test_its_own_folder_is_this_users_alone(tmp_path, task):
    folder = tmp_path / "cache" / "programs"
    compiler = ProcessCompiler(folder, saying(""), lambda: "cc")
    compiler.begin(task)
    ended(compiler, task)
    assert not Path(folder).stat().st_mode & 0o077
