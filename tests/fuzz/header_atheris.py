"""Coverage-guided fuzzing of the header reader, by hand and for as long as you like:

pip install atheris && python -m tests.fuzz.header_atheris -max_total_time=3600 CORPUS_FOLDER

An empty corpus folder is filled with some valid headers first.

A crash, a hang, an error other than `FileError`, or a disagreement with the safetensors library
stops it and leaves the input in `crash-…`.
"""

import json
import sys
from pathlib import Path

import atheris  # pyright: ignore[reportMissingModuleSource]  # installed by hand

# pyright’s own stub of atheris is older than this
with atheris.instrument_imports(include=["loraviewer"]):  # pyright: ignore[reportAttributeAccessIssue]
    from loraviewer.adapters.files import foreign_files, header, header_json  # noqa: F401
    from tests.fuzz.headers import check, document_of, file_of


def one_input(raw: bytes) -> None:
    """Once as a whole file, once as a header in a frame that fits it."""
    if len(raw) >= 9:
        check(raw)
    check(file_of(raw, 0))


def sow(folder: Path) -> None:
    """Files from which the fuzzer can find its way."""
    for i, shapes in enumerate(([], [[2, 3]], [[0], [], [1, 1, 4]])):
        tensors = [(f"lora_unet_{n}.alpha", "F16", shape) for n, shape in enumerate(shapes)]
        document, size = document_of(tensors, {"format": "pt"} if i else {})
        text = json.dumps(document).encode()
        (folder / f"file-{i}").write_bytes(file_of(text, size))
        (folder / f"header-{i}").write_bytes(text)


if __name__ == "__main__":
    for folder in filter(Path.is_dir, map(Path, sys.argv[1:])):
        if not any(folder.iterdir()):
            sow(folder)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
