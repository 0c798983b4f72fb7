"""Adapter files on the engine: matched, kept, changed, vanished, endless."""

import gc
import hashlib
import weakref
from pathlib import Path

import msgspec
import pytest

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import (
    AdapterError,
)
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.loaded_adapters import LoadedAdapters
from tests.adapters.sparse import sparse_file
from tests.engine import tiny
from tests.engine.asking import forget_adapters, render
from tests.engine.conftest import applied


def test_matching_a_folder_keeps_few_of_its_adapters(engine, tmp_path):
    """They may never be used; those of the stack are kept whole."""
    loaded = LoadedAdapters(engine._loaded.adapters._index, limit=2)
    stack = [_adapter(tmp_path / f"used {i}.safetensors", i) for i in range(4)]
    token = CancelToken()
    loaded.adapters(stack, token)
    used = [weakref.ref(adapter) for adapter in loaded.adapters(stack, token).values()]
    matched = []
    for i in range(10, 20):
        adapter = _adapter(tmp_path / f"matched {i}.safetensors", i)
        assert loaded.report(adapter.path, adapter.sha256, token).matched
        matched.append(weakref.ref(loaded._kept[adapter.sha256].adapter))
    gc.collect()
    assert all(ref() is not None for ref in used)
    assert sum(ref() is not None for ref in matched) <= 3


def _adapter(path: Path, seed: int) -> AppliedAdapter:
    tiny.write_lora(path, seed)
    return AppliedAdapter(hashlib.sha256(path.read_bytes()).hexdigest(), 1.0, 1.0, "", str(path))


def test_a_changed_adapter_file_is_refused(engine, request_for, tiny_folder, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes((tiny_folder / "style.safetensors").read_bytes())
    adapter = applied(path)
    path.write_bytes((tiny_folder / "words.safetensors").read_bytes())
    forget_adapters(engine)
    with pytest.raises(AdapterError, match=r"mine.safetensors.* has changed") as caught:
        render(engine, request_for(adapter))
    assert caught.value.subject == adapter.sha256


def test_a_vanished_adapter_file_is_named(engine, request_for, tmp_path, tiny_folder):
    forget_adapters(engine)
    path = tiny_folder / "style.safetensors"
    gone = msgspec.structs.replace(applied(path), path=str(tmp_path / "gone.safetensors"))
    with pytest.raises(AdapterError, match=r"gone.safetensors.* no longer there"):
        render(engine, request_for(gone))


def test_report_tells_where_modules_went(engine, tiny_folder, words):
    report = engine.report(words.path, words.sha256, CancelToken())
    assert report.is_complete
    assert len(report.matched) == 5


def test_a_report_of_an_endless_file_can_be_stopped(engine, words, tmp_path):
    """A terabyte of nothing would be hashed for hours."""
    path = tmp_path / "endless.safetensors"
    shapes = {"x.unknown": (1 << 20, 1 << 18), "lora_unet_conv_in.diff_b": (8,)}
    sparse_file(path, shapes)

    class StopsLater(CancelToken):
        checks = 0

        def raise_if_cancelled(self) -> None:
            self.checks += 1
            if self.checks > 20:
                self.cancel()
            super().raise_if_cancelled()

    token = StopsLater()
    with pytest.raises(Cancelled):
        engine.report(str(path), "0" * 64, token)
    assert token.checks < 40
