"""A picture that loraviewer saves gives back the very request that it was made of."""

import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.foreign.read import read_picture
from loraviewer.core.infotext import ImageRecord, text_chunks
from loraviewer.core.request import (
    MAX_SEED,
    SAMPLERS,
    CheckpointRef,
    GenerationRequest,
    Sampling,
)
from loraviewer.core.stack import AppliedAdapter
from loraviewer.pictures.texts import picture_texts

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_strengths = st.floats(-50, 50, allow_nan=False)
_hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
_samplings = st.builds(
    Sampling,
    prompt=_texts,
    negative_prompt=_texts,
    seed=st.integers(0, MAX_SEED),
    steps=st.integers(1, 1000),
    guidance_scale=st.floats(0, 100),
    sampler=st.sampled_from(SAMPLERS),
    width=st.integers(1, 512).map(lambda n: 8 * n),
    height=st.integers(1, 512).map(lambda n: 8 * n),
)
_adapters = st.builds(AppliedAdapter, _hashes, _strengths, _strengths, _texts, _texts)
_requests = st.builds(
    GenerationRequest,
    checkpoint=st.builds(CheckpointRef, _texts, _hashes),
    adapters=st.lists(_adapters, max_size=4).map(lambda found: tuple(sorted(found))),
    sampling=_samplings,
    device=st.sampled_from(["cpu", "cuda", "mps"]),
    dtype=st.sampled_from(["float32", "float16", "bfloat16"]),
    is_draft=st.booleans(),
)


@given(request=_requests)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_request_survives_the_file(request: GenerationRequest, tmp_path: Path):
    info = PngInfo()
    for keyword, text in text_chunks(ImageRecord(request=request)).items():
        info.add_text(keyword, text)
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG", pnginfo=info)
    path = tmp_path / "a.png"
    path.write_bytes(buffer.getvalue())
    picture = read_picture(picture_texts(path))
    assert picture is not None
    assert picture.request == request
    told = [(a.hashes, a.scale, a.text_scale, a.path) for a in picture.loras]
    assert told == [
        ((a.sha256,), a.scale, a.text_scale if a.text_scale != a.scale else None, a.path)
        for a in request.adapters
    ]


def test_without_its_record_the_text_beside_it_is_read(tmp_path: Path):
    adapter = AppliedAdapter("ab" * 32, 0.8, 0.25, "manga", "/x/manga.safetensors")
    sampling = Sampling(prompt="a girl, red", negative_prompt="blurry", seed=5, sampler="Euler a")
    request = GenerationRequest(
        checkpoint=CheckpointRef("demo"), adapters=(adapter,), sampling=sampling
    )
    texts = text_chunks(ImageRecord(request=request, versions={"loraviewer": "0.1.0"}))
    picture = read_picture({**texts, "loraviewer": '{"request": 3}'})
    assert picture is not None
    assert picture.request is None
    assert (picture.source, picture.prompt, picture.seed) == ("loraviewer", "a girl, red", 5)
    assert (picture.sampler, picture.steps, picture.width) == ("Euler a", 10, 128)
    assert [(a.name, a.scale, a.text_scale) for a in picture.loras] == [("manga", 0.8, 0.25)]
    assert picture.loras[0].hashes == ("ab" * 5,)
    assert any("record" in phrase for phrase in picture.not_understood)
