"""What a picture of an experiment has that no request can say, in words for its record."""

from collections.abc import Collection, Iterator

from loraviewer.core.experiments.shots import Disturbance, Shot

_PLACES = {"activations": "activations", "guided": "the guided output"}


def beyond_request(shot: Shot, files: Collection[str]) -> str:
    """A part of a sentence, such as “fresh noise in activations, energy 0.1, draw 1”; "" where the
    request says all. files: sha256 of the adapters that lie in files, as requests name them."""
    return "; ".join(_parts(shot, files))


def _parts(shot: Shot, files: Collection[str]) -> Iterator[str]:
    for adapter in shot.request.adapters:
        if adapter.sha256 not in files:
            yield f"“{adapter.name}”, drawn for an experiment and in no file"
    if shot.disturbance is not None:
        yield _noise(shot.disturbance)


def _noise(disturbance: Disturbance) -> str:
    kind = "frozen" if disturbance.is_frozen else "fresh"
    place = _PLACES[disturbance.place]
    return f"{kind} noise in {place}, energy {disturbance.energy:g}, draw {disturbance.draw}"
