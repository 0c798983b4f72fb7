"""Text encoders that a single-file base lacks, from a person's folder of components: from headers,
by the rules by which the engine finds them when it renders."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.originals.folder import folder_weights
from loraviewer.adapters.originals.stored import stored_by_shapes
from loraviewer.adapters.recognition.lone_networks import T5, bare_name, clip, lone_network
from loraviewer.core.outcome import CheckpointError, FileError

Shape = tuple[int, ...]

_CLIP_L, _CLIP_G = clip(768), clip(1280)
_ENCODERS: Mapping[str, tuple[str, ...]] = {
    "sd1": (_CLIP_L,),
    "sdxl": (_CLIP_L, _CLIP_G),
    "sd3": (_CLIP_L, _CLIP_G, T5),
    "flux1": (_CLIP_L, T5),
}
"""Family → what its text encoders are, in the order of their numbers."""

_PREFIX_IN_CHECKPOINT = {
    _CLIP_L: "text_encoders.clip_l.transformer.",
    _CLIP_G: "text_encoders.clip_g.transformer.",
    T5: "text_encoders.t5xxl.transformer.",
}


def companion_shapes(folder: Path, family: str) -> dict[str, dict[str, Shape]]:
    """Component → parameter → shape of the text encoders of a family that lie in `folder`, as lone
    files or as diffusers saves them. Raises `CheckpointError` if there is no such folder."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such folder of components.")
    encoders = _ENCODERS.get(family, ())
    names = {what: f"text_encoder_{i}" for i, what in enumerate(encoders, 1)}
    names |= dict.fromkeys(encoders[:1], "text_encoder")
    saved = folder_weights(folder)
    found = {name: dict(saved[name]) for name in names.values() if name in saved}
    for what, header in _lone_files(folder):
        if what in names:
            found[names[what]] = _as_loaded(what, header)
    return found


def _lone_files(folder: Path) -> Iterator[tuple[str, Header]]:
    """The first of each in the order of names counts, so the last is read first."""
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            header = read_header(path)
        except FileError:
            continue
        if what := lone_network(header):
            yield what, header


def _as_loaded(what: str, header: Header) -> dict[str, Shape]:
    """Named as if it lay in a whole checkpoint, of which the rules of translation are known."""
    prefix = _PREFIX_IN_CHECKPOINT[what]
    shapes = {prefix + bare_name(name): info.shape for name, info in header.tensors.items()}
    (weights,) = stored_by_shapes(shapes).values()
    return {name: weight.shape for name, weight in weights.items()}
