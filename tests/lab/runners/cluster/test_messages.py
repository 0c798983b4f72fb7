"""What crosses to a cluster and back: plain values that come out as they went in."""

import msgspec

from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.shots import Disturbance, Shot
from loraviewer.core.infotext import record_of, to_json
from loraviewer.core.outcome import Failure, FailureKind, NotFinite, Rendered, Timings
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.unread import Unread
from loraviewer.lab.runners.cluster.messages import (
    Broke,
    FromDriver,
    Got,
    Lost,
    Painted,
    decoded,
    encoded,
    painted,
    read_sentence,
    read_shot,
    rendered,
    sentence_data,
    shot_bytes,
)
from tests.core.experiments.asked import adapter, ladder
from tests.lab.experiments.painters import painted as noise

(*_, GROUP) = groups(ladder())
SHOT = GROUP.cells[0].shot
FILES = {one.path: one.sha256 for one in SHOT.request.adapters}


def test_shots_name_contents_and_no_paths_of_who_asks():
    content = shot_bytes(SHOT, FILES)
    assert not any(path.encode() in content for path in (*FILES, "demo"))
    places = {sha256: f"/node/{sha256}" for sha256 in FILES.values()}
    there = read_shot(content, places)
    assert [one.path for one in there.request.adapters] == [
        f"/node/{one.sha256}" for one in SHOT.request.adapters
    ]
    assert there.request.sha256() == SHOT.request.sha256()


def test_a_twin_is_made_from_the_file_of_its_original():
    twin = msgspec.structs.replace(adapter("a"), sha256="a twin")
    noisy = Disturbance(place="activations", is_frozen=True, energy=0.5, layers_of=(twin,))
    request = msgspec.structs.replace(SHOT.request, adapters=(twin,))
    shot = Shot(request=request, disturbance=noisy)
    there = read_shot(shot_bytes(shot, {"a.safetensors": "sha of a"}), {"sha of a": "/node/a"})
    assert there.disturbance is not None
    (one,), (other,) = there.request.adapters, there.disturbance.layers_of
    assert (one.sha256, one.path) == ("a twin", "/node/a")
    assert other == one


def test_names_that_are_no_text_cross_too():
    odd = msgspec.structs.replace(adapter("a"), name="caf\udce9")
    request = msgspec.structs.replace(SHOT.request, adapters=(odd,))
    there = read_shot(shot_bytes(Shot(request=request), {}), {})
    assert there.request.adapters[0].name == "caf�"
    assert there.request.sha256() == request.sha256()


def test_a_picture_comes_back_as_if_it_had_been_made_here():
    made = Rendered(
        SHOT.request,
        noise(SHOT.request),
        Timings(1.0, 2.0, 3.0, 4.0),
        "weights",
        tile_px=64,
        has_widened=True,
        threads=1,
        unread=(Unread(words="and more"),),
    )
    answer = decoded(encoded(painted(made)), Painted | Lost | Broke)
    assert rendered(answer, SHOT) == made
    there = rendered(answer, SHOT, "NVIDIA H200")
    assert isinstance(there, Rendered)
    assert '"made_on":"NVIDIA H200"' in to_json(record_of(there, {}))
    assert "made_on" not in to_json(record_of(made, {}))


def test_sentences_keep_what_they_are_made_of():
    told = say("“{path}” cannot be read: {why}.", path="a", why=say("permission denied"))
    lost = decoded(encoded(Lost(sentence_data(told))), Painted | Lost | Broke)
    found = rendered(lost, SHOT)
    assert isinstance(found, NotFinite)
    assert isinstance(found.message, Sentence)
    assert (found.message, found.message.pattern) == (told, told.pattern)
    failure = Failure(FailureKind.ADAPTER, told, "details", "b")
    assert decoded(encoded(Broke.of(failure)), FromDriver).failure() == failure
    assert read_sentence(sentence_data("plain")) == "plain"


def test_the_driver_hands_answers_on_unread():
    got = Got(3, 1, b"\x00anything", "somewhere")
    assert decoded(encoded(got), FromDriver) == got
