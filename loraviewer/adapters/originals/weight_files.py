"""Files of weights by their headers: which of their tensors are wanted, and where weights lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.originals.stored import StoredWeight


@dataclass(frozen=True)
class WeightFile:
    """One file and those of its tensors that are wanted: name in the file → name to call it."""

    path: Path
    header: Header
    names: Mapping[str, str]

    @classmethod
    def whole(cls, path: Path) -> "WeightFile":
        """All tensors of a file under their own names. Raises `FileError`."""
        header = read_weights_header(path)
        return cls(path, header, {name: name for name in header.tensors})

    @property
    def size_bytes(self) -> int:
        infos = (self.header.tensors[name] for name in self.names)
        return sum(info.end - info.begin for info in infos)


@dataclass(frozen=True)
class FileLayout:
    """One file and where it keeps the weights of a component: name in the network → place."""

    path: Path
    header: Header
    places: Mapping[str, StoredWeight]

    @classmethod
    def plain(cls, file: WeightFile) -> "FileLayout":
        """Of a file that has one tensor for each weight, under the weight's own name."""
        infos = file.header.tensors
        places = {own: StoredWeight(key, infos[key].shape) for key, own in file.names.items()}
        return cls(file.path, file.header, places)
