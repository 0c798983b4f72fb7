"""The header of a file of weights of a base: safetensors or GGUF, told by how it begins. Packed
weights have the shapes that they stand for."""

from pathlib import Path

from loraviewer.adapters.files.bitsandbytes import with_true_shapes
from loraviewer.adapters.files.gguf_header import MAGIC, read_gguf_header
from loraviewer.adapters.files.header import Header, read_header_from
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of


def read_weights_header(path: Path) -> Header:
    """Read and check; `FileError` names the file and what to do about it. Adapters are never GGUF
    here: `header.read_header` reads theirs."""
    try:
        with open_regular(path) as file:
            start = file.read(len(MAGIC))
            if start == MAGIC:
                return read_gguf_header(file, path)
            return with_true_shapes(file, read_header_from(file, path))
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
