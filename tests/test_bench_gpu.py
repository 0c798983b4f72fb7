"""`make bench-gpu`, as far as a CPU can run it: all of it, on tiny networks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from loraviewer.engine.compiling.compiler import cpp_compiler
from loraviewer.engine.compiling.task import CompileTask
from tests.bench.gpu import compiled
from tests.bench.gpu.__main__ import main
from tests.bench.gpu.networks import Place, subject
from tests.bench.gpu.timing import Clock
from tests.engine.fake_compiler import FakeCompiler
from tests.engine.recorder import Recorder

_BLOCKED = ("pytest", "hypothesis", "peft", "lycoris")
"""What `make setup` does not install."""


def run(out: Path, *arguments: str) -> dict[str, dict]:
    assert main(["--device", "cpu", "--tiny", "--rounds", "1", "--out", str(out), *arguments]) == 0
    return {figure["name"]: figure for figure in json.loads(out.read_text("utf-8"))["figures"]}


def test_all_of_it_runs_and_what_is_no_time_is_met(tmp_path: Path, capsys) -> None:
    told = run(tmp_path / "bench-gpu.json", "flux1-dev", "--switches")
    for depth in (1, 5, 10, 50):
        assert told[f"tick flux1-dev {depth}"]["value"] > 0
    assert told["swap_wrong flux1-dev"]["is_met"]
    assert told["swap_restored flux1-dev"]["is_met"]
    assert told["streamed_differs flux1-dev"]["is_met"]
    assert "diffusers flux1-dev 10" in told
    table = capsys.readouterr().out
    assert "times mean nothing" in table
    assert all(name in table for name in told)


@pytest.mark.long
def test_a_whole_base_is_dragged_and_its_peak_planned(tmp_path: Path) -> None:
    told = run(tmp_path / "bench-gpu.json", "sdxl")
    assert (told["tick sdxl 10"]["bound"], told["settle sdxl 10"]["bound"]) == (16.0, 60.0)
    assert told["draft sdxl"]["value"] < told["settled sdxl"]["value"]
    assert told["planned_peak sdxl"]["value"] > 0
    assert told["swap_wrong sdxl"]["is_met"]


@pytest.mark.long
@pytest.mark.skipif(cpp_compiler() is None, reason="there is no C++ compiler here")
def test_its_step_is_compiled_as_the_studio_compiles_it(tmp_path: Path) -> None:
    told = run(tmp_path / "bench-gpu.json", "flux1-dev", "--compile")
    assert told["compiled flux1-dev"]["value"] > 0
    assert told["compiled_differs flux1-dev"]["value"] < 1e-3
    assert told["compiling flux1-dev"]["value"] > 1
    assert "captured flux1-dev" not in told  # no CPU captures anything


def test_where_nothing_compiles_the_bench_says_so_and_goes_on(monkeypatch, capsys) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    place = Place(torch.device("cpu"), torch.float32, is_tiny=True)
    assert compiled.measured(subject("flux1-dev", place), Clock(place.device, 1)) == []
    assert "flux1-dev is not compiled here: No C++ compiler was found" in capsys.readouterr().out


@pytest.mark.long
def test_a_captured_step_is_measured_against_both_others(monkeypatch) -> None:
    """With programs and a card that are none."""
    monkeypatch.setattr(compiled, "ProcessCompiler", lambda _: DoneCompiler())
    monkeypatch.setattr(compiled, "cuda_capture", lambda _: Recorder())
    place = Place(torch.device("cpu"), torch.float32, is_tiny=True)
    figures = compiled.measured(subject("sdxl", place), Clock(place.device, 1))
    told = {figure.name: figure for figure in figures}
    assert told["captured sdxl"].bound == 1.25
    assert told["captured sdxl"].is_least
    for way in ("compiled", "captured"):
        assert 0 < told[f"{way}_differs sdxl"].value < 1e-3


class DoneCompiler(FakeCompiler):
    """Each program is there as soon as it was begun."""

    def begin(self, task: CompileTask) -> None:
        super().begin(task)
        self.finish()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_without_a_card_it_says_so_in_a_sentence(capsys, tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path / "none.json")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("There is no graphics card here")
    assert not (tmp_path / "none.json").exists()


def test_an_unknown_network_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--device", "cpu", "--tiny", "sd9"])
    assert "sd9" in capsys.readouterr().err


@pytest.mark.long
def test_it_needs_what_the_studio_needs_and_no_more() -> None:
    block = f"import sys; sys.modules.update(dict.fromkeys({_BLOCKED!r}))"
    code = f"{block}; import tests.bench.gpu.__main__"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
