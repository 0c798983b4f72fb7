"""Plans for base weights: by what is free, told before anything moves; what files do to them."""

import shutil

import msgspec
import pytest
import torch

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.base_weights_policy import AskedPolicy, MemoryWishes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError, MergeError
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.engine.device import FreeMemory
from loraviewer.engine.memory_planner import MemoryPlanner
from loraviewer.engine.studio_engine import StudioEngine
from tests.adapters.toys import (
    TOY_KEYS,
    equal_weights,
    pool,
    toy_adapter,
    toy_components,
    use,
    weights,
)
from tests.engine.conftest import applied, silent

SMALL, LARGE = toy_adapter("a", 1, TOY_KEYS[:2]), toy_adapter("b", 2)
OTHER = toy_adapter("c", 3, TOY_KEYS[:2])
POOL = pool(SMALL, LARGE, OTHER)
SMALL_BYTES = 2 * 8 * 24 * 4  # the two linears of the toy text encoder in float32


class Bench:
    """A merger of the toy components whose planner sees the memory that the test says is free."""

    def __init__(
        self, free: FreeMemory, policy: AskedPolicy = "auto", limit: int | None = None, opens=True
    ):
        self.free = free
        self.networks = toy_components()
        self.base = weights(self.networks)
        self.opens = opens
        self.told = []
        self.kept_when_told = []
        self.could_be_spared: FreeMemory | None = None
        self.spared = 0
        self.planner = MemoryPlanner(
            self.networks,
            torch.device("cpu"),
            MemoryWishes(policy=policy, limit_bytes=limit),
            self._open_source,
            lambda device: self.free,
            spare=self._spare,
        )
        self.merger = WeightMerger(self.networks, base_weights=self.planner.base_weights)

    def merge(self, *scales):
        stack = use(*scales)
        plan = self.planner.prepare(stack, POOL, lambda key: True, self._tell)
        self.merger.apply(stack, POOL, CancelToken())
        return plan

    def _spare(self):
        """Free memory is then what could be spared beforehand."""
        if self.could_be_spared is None:
            return False
        self.free, self.could_be_spared = self.could_be_spared, None
        self.spared += 1
        return True

    def _tell(self, plan):
        self.told.append(plan)
        self.kept_when_told.append(self.planner.base_weights.kept_bytes)

    def _open_source(self):
        if not self.opens:
            raise FileError("“base.safetensors” cannot be read.")
        return self

    def gives(self, key, live):
        return self.base[".".join(key)].shape == live.shape

    def read(self, key, dtype):
        return self.base[".".join(key)].to(dtype).clone()

    def file_name(self, key):
        return "base.safetensors"


def test_without_a_card_there_are_two_ways():
    assert Bench(FreeMemory(10**9)).merge((LARGE, 1.0)).policy == "resident"
    short = Bench(FreeMemory(1000))
    assert short.merge((LARGE, 1.0)).policy == "lean"
    assert short.merger.kept_bytes == 0


def test_a_card_without_room_keeps_base_weights_in_main_memory():
    bench = Bench(FreeMemory(host=10**9, device=1000))
    assert bench.merge((LARGE, 1.0)).policy == "pinned"
    assert "the graphics card has 1 KB left" in bench.told[0].sentence
    assert bench.merger.kept_bytes == bench.merger.touched_bytes
    assert Bench(FreeMemory(host=1000, device=1000)).merge((LARGE, 1.0)).policy == "lean"


def test_what_matters_less_makes_room_before_base_weights_go_elsewhere():
    bench = Bench(FreeMemory(host=10**9, device=1000))
    bench.could_be_spared = FreeMemory(host=10**9, device=10**9)
    assert bench.merge((LARGE, 1.0)).policy == "resident"
    assert bench.spared == 1
    refused = Bench(FreeMemory(1000), opens=False)
    refused.could_be_spared = FreeMemory(10**9)
    assert refused.merge((LARGE, 1.0)).policy == "resident"


def test_nothing_is_spared_where_there_is_room_or_a_person_wished_otherwise():
    for bench in (
        Bench(FreeMemory(host=10**9, device=10**9)),
        Bench(FreeMemory(host=10**9, device=1000), policy="lean"),
        Bench(FreeMemory(host=10**9, device=10**9), limit=1),
    ):
        bench.could_be_spared = FreeMemory(host=10**9, device=10**9)
        bench.merge((LARGE, 1.0))
        assert bench.spared == 0


def test_a_stack_that_grows_out_of_the_budget_is_told_first_and_moved_then():
    bench = Bench(FreeMemory(10**9), limit=SMALL_BYTES)
    first = bench.merge((SMALL, 1.0))
    assert (first.policy, first.kept_bytes) == ("resident", SMALL_BYTES)
    second = bench.merge((SMALL, 1.0), (LARGE, 0.5))
    assert bench.told == [first, second]
    assert second.policy == "lean"
    assert bench.kept_when_told == [0, SMALL_BYTES]  # still as it was when it was told
    assert bench.merger.kept_bytes == 0
    assert bench.merge((SMALL, 1.0)).policy == "resident"
    assert bench.merger.kept_bytes == SMALL_BYTES
    bench.merge()
    assert equal_weights(weights(bench.networks), bench.base)
    assert bench.merger.kept_bytes == 0


def test_moved_strengths_and_the_empty_stack_plan_nothing_anew():
    bench = Bench(FreeMemory(10**9))
    plan = bench.merge((LARGE, 1.0))
    bench.free = FreeMemory(0)
    assert bench.merge((LARGE, 0.5)) == plan
    assert bench.merge().touched_bytes == 0
    assert bench.merge((LARGE, -2.0)) == plan
    assert bench.told == [plan]


def test_what_is_kept_already_counts_as_room():
    bench = Bench(FreeMemory(2 * SMALL_BYTES))
    assert bench.merge((SMALL, 1.0)).policy == "resident"
    bench.free = FreeMemory(SMALL_BYTES)  # the copies have taken the other half
    assert bench.merge((SMALL, 1.0), (OTHER, 1.0)).policy == "resident"


def test_where_nothing_fits_the_stack_is_refused_and_nothing_is_touched():
    bench = Bench(FreeMemory(1000), opens=False)
    with pytest.raises(MergeError, match=r"needs 6 KB .* main memory has 1 KB left; remove"):
        bench.merge((LARGE, 1.0))
    assert equal_weights(weights(bench.networks), bench.base)
    assert bench.told == []


def test_lean_without_a_file_keeps_what_has_room():
    bench = Bench(FreeMemory(10**9), policy="lean", opens=False)
    assert "the file cannot give them again" in bench.merge((LARGE, 1.0)).sentence
    assert bench.merger.kept_bytes == bench.merger.touched_bytes


def test_no_step_between_plans_changes_a_byte():
    """A thousand stacks while the room for them comes and goes."""
    bench, reference = Bench(FreeMemory(10**9)), Bench(FreeMemory(10**9))
    rooms = (FreeMemory(1000), FreeMemory(10**9), FreeMemory(10**9, 1000), FreeMemory(10**9, 10**9))
    stacks = (((SMALL, 0.5),), ((LARGE, 1.0),), (), ((SMALL, -1.0), (LARGE, 0.25)))
    policies = set()
    for i in range(1000):
        bench.free = rooms[(i * 7) % 4 if i % 5 else 0]
        policies.add(bench.merge(*stacks[(i * i) % 4 if i % 3 else i % 4]).policy)
    assert policies == {"resident", "pinned", "lean"}
    bench.merge(*stacks[3])
    reference.merge(*stacks[3])
    assert equal_weights(weights(bench.networks), weights(reference.networks))
    assert bench.merger.verify() == ()
    bench.merge()
    assert bench.merger.kept_bytes == 0
    assert equal_weights(weights(bench.networks), bench.base)


# The engine, with files that are lost while it reads from them.


@pytest.fixture
def lean(tiny_folder, tmp_path):
    """An engine that keeps no base weights, and the file of its UNet."""
    folder = shutil.copytree(tiny_folder / "sd", tmp_path / "sd")
    engine = StudioEngine("cpu", "float32", memory=MemoryWishes(policy="lean"))
    engine.load_checkpoint(str(folder), CancelToken(), silent)
    return engine, folder / "unet" / "diffusion_pytorch_model.safetensors"


def render(engine, *adapters):
    request = GenerationRequest(
        checkpoint=CheckpointRef(""),
        adapters=tuple(sorted(adapters)),
        sampling=Sampling(prompt="a red cat", steps=1, width=32, height=32),
    )
    return engine.render(request, CancelToken(), silent)


def test_a_lost_file_is_named_and_its_return_heals_everything(lean, style):
    engine, path = lean
    base, first = render(engine), render(engine, style)
    assert first.memory is not None
    assert (first.memory.policy, first.memory.kept_bytes) == ("lean", 0)
    aside = path.rename(path.with_suffix(".aside"))
    half = msgspec.structs.replace(style, scale=0.5, text_scale=0.5)
    with pytest.raises(MergeError, match=r"model\.safetensors.* no longer there; put it back"):
        render(engine, half)
    engine.recover()  # cannot give the base back either, and does not fail
    aside.rename(path)
    assert render(engine).picture == base.picture
    assert render(engine, style).fingerprint == first.fingerprint
    assert engine.verify(CancelToken()).differing == ()


def test_a_rewritten_file_is_refused_and_a_touched_one_is_not(lean, style):
    engine, path = lean
    first = render(engine, style)
    content = path.read_bytes()
    path.write_bytes(content)  # another time of change, the same bytes
    half = msgspec.structs.replace(style, scale=0.5, text_scale=0.5)
    assert render(engine, half).fingerprint != first.fingerprint
    start = read_header(path).data_offset
    path.write_bytes(content[:start] + bytes(len(content) - start))
    with pytest.raises(MergeError, match=r"model\.safetensors.* has changed .* open it again"):
        render(engine, msgspec.structs.replace(style, scale=0.25, text_scale=0.25))


def test_a_report_says_what_merging_touches(engine, style, words):
    assert engine.report(style.path, style.sha256, CancelToken()).touched_bytes == 3 * 32 * 32 * 4
    assert engine.report(words.path, words.sha256, CancelToken()).touched_bytes == 5 * 32 * 32 * 4


def test_a_stack_of_silent_adapters_touches_nothing(lean, tiny_folder):
    engine, _ = lean
    rendered = render(engine, applied(tiny_folder / "style.safetensors", 0.0))
    assert rendered.memory is not None
    assert rendered.memory.touched_bytes == 0
