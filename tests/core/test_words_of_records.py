"""How prompts of earlier and of foreign pictures are read, and what A1111 is told of ours."""

import json

import msgspec
import pytest

from loraviewer.core import infotext
from loraviewer.core.document import Document
from loraviewer.core.foreign.a1111 import read_a1111
from loraviewer.core.foreign.comfyui import read_comfyui
from loraviewer.core.foreign.own import read_own
from loraviewer.core.foreign.restoring import restored_sampling
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.prompt_weights import weighted_sections
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling, WordReading
from loraviewer.core.session import Session, from_text, to_text
from loraviewer.core.session_places import SessionPlaces

PROMPT = "a (red:1.3) [cat] \\ BREAK"


def request_of(words: WordReading) -> GenerationRequest:
    sampling = Sampling(prompt=PROMPT, negative_prompt="(night)", words=words)
    return GenerationRequest(checkpoint=CheckpointRef("/b", "identity"), sampling=sampling)


def chunks_of(words: WordReading) -> dict[str, str]:
    return infotext.text_chunks(ImageRecord(request=request_of(words)))


def test_a_record_from_before_there_was_a_choice_is_read_as_letters():
    raw = json.loads(chunks_of("plain")[infotext.RECORD_CHUNK])
    del raw["request"]["sampling"]["words"]
    request = infotext.from_json(json.dumps(raw)).request
    assert request == request_of("plain")
    assert request.sha256() == request_of("plain").sha256() != request_of("weighted").sha256()


@pytest.mark.parametrize("words", ["plain", "weighted"])
def test_an_own_picture_brings_its_reading_along(words):
    read = read_own(chunks_of(words)[infotext.RECORD_CHUNK])
    there = Sampling(words="plain" if words == "weighted" else "weighted")
    assert restored_sampling(read, there, None).sampling.words == words


def test_letters_are_escaped_for_a1111_and_weights_are_not():
    weighted = read_a1111(chunks_of("weighted")[infotext.A1111_CHUNK])
    assert weighted is not None
    assert (weighted.prompt, weighted.negative) == (PROMPT, "(night)")
    plain = read_a1111(chunks_of("plain")[infotext.A1111_CHUNK])
    assert plain is not None
    assert plain.prompt == "a \\(red:1.3\\) \\[cat\\] \\\\ BREAK"
    first, _ = weighted_sections(plain.prompt)
    assert [(part.text, part.weight) for part in first] == [("a (red:1.3) [cat] \\", 1.0)]


def test_pictures_of_other_programs_are_read_with_weights():
    read = read_a1111("a (cat:1.2)\nSteps: 5, Sampler: Euler, CFG scale: 3, Seed: 1")
    assert read is not None
    restored = restored_sampling(read, Sampling(), None).sampling
    assert (restored.prompt, restored.words) == ("a (cat:1.2)", "weighted")


def graph(prompt: str) -> str:
    sampler = {
        "seed": 1, "steps": 5, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal",
        "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
        "latent_image": ["5", 0],
    }  # fmt: skip
    nodes = {
        "3": {"class_type": "KSampler", "inputs": sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "b.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    }
    return json.dumps(nodes)


def test_comfyuis_square_brackets_are_letters_and_its_weights_are_told_to_differ():
    plain = read_comfyui(graph("a [cat]"), "")
    assert plain is not None
    assert plain.prompt == "a \\[cat\\]"
    assert not any("weights" in phrase for phrase in plain.not_understood)
    weighed = read_comfyui(graph("a (cat:1.2)"), "")
    assert weighed is not None
    assert weighed.prompt == "a (cat:1.2)"
    assert any("weights" in phrase for phrase in weighed.not_understood)


def test_new_documents_weigh_and_sessions_from_before_do_not():
    assert Document().sampling.words == "weighted"
    places = SessionPlaces({})
    text = to_text(Session(document=Document()), places)
    assert from_text(text, places).document.sampling.words == "weighted"
    raw = json.loads(text)
    del raw["document"]["sampling"]["words"]
    read = from_text(json.dumps(raw), places).document.sampling
    assert read == msgspec.structs.replace(Document().sampling, words="plain")
