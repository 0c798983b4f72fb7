"""Whole experiments by a cluster: the folder that comes of one is that of a run in this process."""

import multiprocessing
import os
import signal
from pathlib import Path

import psutil
import pytest

from loraviewer.cli import commands as cli
from loraviewer.lab.experiments.measuring import Measuring
from loraviewer.lab.experiments.result_folder import ResultFolder
from loraviewer.lab.experiments.run import run_experiment
from loraviewer.lab.images.registry import measures
from loraviewer.lab.runners.cluster.runner import ClusterRunner
from loraviewer.lab.runners.local import LocalRunner
from tests.cluster.test_workers import wish  # noqa: F401 - a fixture
from tests.core.experiments.asked import ladder
from tests.lab.experiments.painters import NoisePainter

LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
EXPERIMENT = ladder(measures=("difference", "contrast"), orders=2)


def run(runner, folder, on_progress=lambda going: None):
    known = measures()
    measurer = Measuring([known[name] for name in EXPERIMENT.measures])
    return run_experiment(EXPERIMENT, ResultFolder(folder), runner, measurer, on_progress)


def files(folder, kind="*"):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob(kind)
        if file.is_file()
    }


class EnoughError(Exception):
    pass


def test_a_run_that_was_stopped_goes_on_to_the_same_end(wish, tmp_path):  # noqa: F811
    def stop(going):
        if going.done == 7:
            raise EnoughError

    asked = wish("same")
    with pytest.raises(EnoughError):
        run(ClusterRunner(asked), tmp_path / "two", stop)
    there = files(tmp_path / "two" / "pictures")
    assert 7 <= len(there) < 60
    assert run(ClusterRunner(asked), tmp_path / "two").made < 60
    run(LocalRunner(NoisePainter()), tmp_path / "one")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert there.items() <= files(tmp_path / "two" / "pictures").items()


@pytest.fixture
def ladder_of(tiny_folder, ray_home, tmp_path):
    """The command, with its own cluster or without."""

    def call(name, *more):
        loras = ("--lora", f"{tiny_folder / 'style.safetensors'}:0.9")
        loras += ("--lora", str(tiny_folder / "words.safetensors"))
        prompts = ("--prompt", "a cat", "--prompt", "a tree", "--seeds", "2")
        fast = ("--steps", "1", "--size", "32x32", "--orders", "1", "--measure", "difference")
        asked = ("lab", "ladder", "--base", str(tiny_folder / "sd"), *loras, *prompts, *fast)
        return cli.run([*asked, "--no-store", "-o", str(tmp_path / name), *more])

    return call


def test_the_command_gives_the_same_bytes_by_a_cluster_of_its_own(
    ladder_of, tmp_path, monkeypatch, capfd
):
    """One of its workers is killed as soon as there are pictures; it listens on loopback alone."""
    killed, heard, rights = [], set(), set()
    keep = ResultFolder.keep

    def keep_and_kill(self, cells, rendered):
        keep(self, cells, rendered)
        if not killed and multiprocessing.active_children():
            tree = psutil.Process().children(recursive=True)
            rights.update(
                (Path("/tmp") / one).stat().st_mode & 0o77
                for one in set(os.listdir("/tmp")) - before
                if one.startswith("lv-ray")
            )
            heard.update(at for one in tree for at in listening(one))
            workers = [one for one in tree if "PictureActor" in " ".join(one.cmdline())]
            assert workers
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(workers[0].pid)

    monkeypatch.setattr(ResultFolder, "keep", keep_and_kill)
    before = set(os.listdir("/tmp"))
    assert ladder_of("two", "--cluster", "local") == 0
    assert "workers on 1 nodes" in capfd.readouterr().err
    assert killed
    assert heard
    assert heard <= set(LOOPBACK)
    assert rights == {0}  # nobody else enters its folder
    left = {one for one in set(os.listdir("/tmp")) - before if one.startswith("lv-ray")}
    assert not left
    assert multiprocessing.active_children() == []
    monkeypatch.undo()
    assert ladder_of("one", "--workers", "1") == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")


def listening(process):
    try:
        found = process.net_connections("inet")
    except psutil.Error:
        return []
    return [one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN]


def test_a_cluster_elsewhere_settles_what_options_leave_open_and_gives_the_same_bytes(
    ladder_of, cluster, tmp_path, capfd, monkeypatch
):
    """This computer opens no base for it."""
    from loraviewer.engine.studio_engine import StudioEngine

    def never(*_):
        raise AssertionError

    monkeypatch.setattr(StudioEngine, "load_checkpoint", never)
    assert ladder_of("far", "--cluster", cluster.address, "--arms", "real") == 0
    told = capfd.readouterr().err
    assert "a worker of the cluster opens the base" in told
    assert "workers on" in told
    monkeypatch.undo()
    assert ladder_of("here", "--workers", "1", "--arms", "real") == 0
    assert files(tmp_path / "far") == files(tmp_path / "here")
