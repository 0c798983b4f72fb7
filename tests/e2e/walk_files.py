"""Files for a clumsy person: good adapters under odd names, and things that are none."""

import json
import os
import shutil
from pathlib import Path

import msgspec

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.resources import demo_adapters, demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from tests.e2e.test_studio import own_folders, run_studio, settled, until  # noqa: F401

MARKUP = "<b>bold</b><img src=x>"


class Files:
    """Good adapters under odd names, and things that are none, all in one folder."""

    def __init__(self, folder: Path) -> None:
        names = ("one", MARKUP.replace("/", "⁄"), "ü & ünïcode", os.fsdecode(b"\xff\xfe"))
        self.good = []
        for name, source in zip(names, demo_adapters(), strict=False):
            self.good.append(str(shutil.copy(source, folder / f"{name}.safetensors")))
        self._by_hash = {file_sha256(Path(path)): path for path in self.good}
        whole = Path(self.good[0]).read_bytes()
        broken = {
            "cut": whole[: len(whole) // 2],
            "pickle": b"\x80\x04\x95" + whole[:64],
            "empty": b"",
            "lies": (2**60).to_bytes(8, "little") + whole[8:],
            "page": b"<html><body>Sign in</body></html>",
        }
        self.bad = [str(folder / "missing.safetensors"), str(folder)]
        for name, content in broken.items():
            (folder / f"{name}.safetensors").write_bytes(content)
            self.bad.append(str(folder / f"{name}.safetensors"))
        self.away = folder / "away"
        self.away.mkdir()
        self.bases = [str(demo_checkpoint()), str(folder), self.bad[-1], str(_odd_base(folder))]
        self.pictures = folder / "saved"
        self.pictures.mkdir()

    def where_it_is(self, adapter: AppliedAdapter) -> AppliedAdapter:
        """By its content, once all are back: it may have been used where it lay meanwhile, and a
        record cannot spell a path that is no text."""
        path = self._by_hash.get(adapter.sha256, adapter.path)
        return msgspec.structs.replace(adapter, path=path)

    def all_back(self) -> None:
        for path in self.away.iterdir():
            path.rename(self.away.parent / path.name)


def _odd_base(folder: Path) -> Path:
    """The demo under a name that is markup, with a setting that no picture can be made with."""
    base = shutil.copytree(demo_checkpoint(), folder / "<i>base")
    path = base / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"num_train_timesteps": 0}))
    return base
