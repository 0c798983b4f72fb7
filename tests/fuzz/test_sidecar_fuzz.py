"""Broken and hostile files beside an adapter, and hostile metadata inside: read or passed over,
within bounds."""

import json
import tracemalloc
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.about.metadata import read_metadata, shown_metadata
from loraviewer.adapters.about.sidecars import read_sidecars

SUFFIXES = (".json", ".metadata.json", ".civitai.info", ".safetensors.rgthree-info.json", ".txt")
_FIELDS = (
    *("description", "notes", "sd version", "activation text", "preferred weight", "name"),
    *("trainedWords", "model", "civitai", "usage_tips", "model_name", "userNote", "word"),
)
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4)
    ),
    max_leaves=12,
)


def check(folder, suffix: str, content: bytes) -> None:
    path = folder / f"a{suffix}"
    path.write_bytes(content)
    try:
        found = read_sidecars(folder / "a.safetensors")
    finally:
        path.unlink()
    strength = found.suggested_strength
    assert strength is None or abs(strength) <= 1_000
    for text in (found.title, found.base_model, *found.trigger_words, *found.problems):
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text)
    assert len(found.description) <= 8_000


@settings(max_examples=300, deadline=None)
@given(table=st.dictionaries(st.sampled_from(_FIELDS), _values), suffix=st.sampled_from(SUFFIXES))
def test_any_table(tmp_path_factory, table, suffix):
    check(tmp_path_factory.getbasetemp(), suffix, json.dumps(table).encode())


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), suffix=st.sampled_from(SUFFIXES))
def test_any_bytes(tmp_path_factory, content, suffix):
    check(tmp_path_factory.getbasetemp(), suffix, content)


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


HOSTILE = {
    "lists": b'{"trainedWords":[' + b"[]," * 900_000 + b"[]]}",
    "words": b'{"trainedWords":[' + b'"ab",' * 500_000 + b'"ab"]}',
    "fields": b"{" + b",".join(b'"%d":0' % i for i in range(200_000)) + b"}",
    "depth": b'{"civitai":' * 200_000,
    "text": b'{"description":"' + b"\\u00e9" * 400_000 + b'"}',
    "numbers": b'{"preferred weight":' + b"9" * 2_000_000 + b"}",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_memory_of_sidecars(tmp_path, case):
    for suffix in (".json", ".metadata.json", ".civitai.info"):
        (tmp_path / f"a{suffix}").write_bytes(HOSTILE[case])
    peak = peak_of(lambda: read_sidecars(tmp_path / "a.safetensors"))
    assert peak < 10 * len(HOSTILE[case]) + 500_000


METADATA = {
    "tags": ("ss_tag_frequency", '{"a":{' + ",".join(f'"{i}":1' for i in range(200_000)) + "}}"),
    "lists": ("ot_config", "[" * 1_000_000),
    "software": ("software", '{"name":' + "[" * 1_000_000),
    "words": ("modelspec.trigger_phrase", "a," * 1_000_000),
    "list of tags": ("modelspec.tags", "a," * 1_000_000),
    "markup": ("modelspec.description", "<" * 2_000_000),
    "picture": ("modelspec.thumbnail", "data:image/png;base64," + "A" * 8_000_000),
}


@pytest.mark.parametrize("case", METADATA)
def test_memory_of_metadata(case):
    """Beside the file itself, which is in memory already."""
    key, value = METADATA[case]
    metadata = {key: value}
    peak = peak_of(lambda: (read_metadata(metadata), shown_metadata(metadata)))
    assert peak < 9 * len(value) + 500_000
