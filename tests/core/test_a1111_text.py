"""Whatever files are called, A1111's reader gets back what was written."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.core import infotext
from loraviewer.core.a1111_text import GalleryHashes, model_name, tag_names
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AdapterStack, AppliedAdapter, StackEntry
from tests import a1111_reader

HOSTILE = list(":,<>=\"[](){}|\\\t\n\r\x0b\x0c\x1c\x85\u2028\u2029\u3000\u00a0 '´`^x3é漢😀\udc80_")
LETTERS = st.sampled_from(HOSTILE) | st.characters(
    exclude_categories=["Cs"], exclude_characters="/\0"
)
NAMES = st.text(LETTERS, max_size=12)
MODELS = NAMES.filter(bool) | st.from_regex(r"[0-9]{1,3}x[0-9]{1,3}\n?", fullmatch=True)
STRENGTHS = st.floats(-20, 20).filter(bool) | st.sampled_from([1.0, 0.8, 0.1 + 0.2, 1e-7])


def request_of(adapters: list[tuple[str, str, float, float]], checkpoint: str) -> GenerationRequest:
    entries = tuple(
        StackEntry(
            entry_id=str(i), name=name, path=f"/x/{i}", sha256=sha256, scale=scale, text_scale=text
        )
        for i, (name, sha256, scale, text) in enumerate(adapters)
    )
    return GenerationRequest(
        checkpoint=CheckpointRef(checkpoint, "identity"),
        adapters=AdapterStack(entries=entries).applied(),
        sampling=Sampling(
            prompt="a cat, (red:1.3)\nin [the] sea",
            negative_prompt="blurry, “x”: y",
            words="weighted",
        ),
    )


ADAPTERS = st.lists(
    st.tuples(
        NAMES, st.sampled_from(["a" * 64, "b" * 64, "c" * 64, "d" * 64]), STRENGTHS, STRENGTHS
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(ADAPTERS, MODELS)
def test_what_is_written_is_read_back(adapters, model):
    request = request_of(adapters, f"/models/{model}.safetensors")
    short = {sha * 64: f"{sha}0123456789f" for sha in "abc"}  # "d": its file is gone
    text = infotext.text_chunks(
        ImageRecord(request=request, versions={"loraviewer": "0.1.0"}),
        GalleryHashes("e" * 64, short),
    )["parameters"]
    read = a1111_reader.read(text)
    assert read.bare_prompt.split() == request.sampling.prompt.split()
    assert read.negative == request.sampling.negative_prompt
    wanted = {
        "Steps": "10", "Sampler": "DPM++ 2M", "CFG scale": "4", "Seed": "7", "Size-1": "128",
        "Size-2": "128", "Model hash": "e" * 10, "Model": model_name(request.checkpoint.path),
        "Version": "loraviewer 0.1.0",
    }  # fmt: skip
    assert {name: value for name, value in read.fields.items() if name != "Lora hashes"} == wanted
    tags = read.tags
    assert [(tag.unet, tag.text) for tag in tags] == [
        (a.scale, a.text_scale) for a in request.adapters
    ]
    found = [read.hashes[tag.name] for tag in tags] if tags else []
    assert found == [short.get(a.sha256, "d" * 10) for a in request.adapters]


@given(MODELS.filter(lambda name: "\udc80" not in name))
def test_a_checkpoint_keeps_its_whole_name(name):
    is_size = re.fullmatch(r"\d+x\d+\n?", name) is not None
    assert model_name(f"/a/{name}.safetensors") == (f"{name}_" if is_size else name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("C:\\models\\base, new.safetensors", "base, new"),
        ("\\\\server\\share\\deep\\v1:5.SafeTensors", "v1:5"),
        ("/models/back\\slash.safetensors", "back\\slash"),
        ("/models/folder.v2", "folder.v2"),
        ("demo", "demo"),
        ("/models/512x768.safetensors", "512x768_"),
        ("/models/512x768 b.safetensors", "512x768 b"),
        ("/models/schl\udcfc.safetensors", "schl�"),
    ],
)
def test_names_of_checkpoints(path, name):
    assert model_name(path) == name


def adapter(name: str, sha256: str, scale: float = 1.0) -> AppliedAdapter:
    return AppliedAdapter(sha256 * 64, scale, scale, name)


def test_two_files_of_one_name_have_two():
    adapters = [adapter("style", "a"), adapter("style", "b"), adapter("style_2", "c")]
    assert tag_names(adapters) == ["style", "style_2", "style_2_2"]
    again = [adapter("style", "a", 0.5), adapter("style", "a", 0.7)]
    assert tag_names(again) == ["style", "style"], "one file, twice"


def test_what_no_tag_can_hold_is_replaced():
    names = ["a:b", "c<d>", "e,f", 'g"h', "i=j", "k\tl\nm", "[n]", " o ", "::", " ", "漢\u3000字"]
    assert tag_names([adapter(n, d) for n, d in zip(names, "0123456789a", strict=True)]) == [
        "a_b", "c_d_", "e_f", "g_h", "i_j", "k_l_m", "[n]", "o", "__", "9" * 10, "漢\u3000字",
    ]  # fmt: skip


@pytest.mark.parametrize("scale", [0.8, 1.0, -0.25, 1 / 3, 1e-7, 123456.789, math.pi])
def test_strengths_are_exact(scale):
    request = GenerationRequest(
        checkpoint=CheckpointRef("demo"), adapters=(adapter("style", "a", scale),)
    )
    (tag,) = a1111_reader.read(infotext.to_a1111(ImageRecord(request=request))).tags
    assert (tag.unet, tag.text) == (scale, scale)
