"""Coverage-guided fuzzing of the header reader, by hand and for as long as you like:

pip install atheris && python -m tests.fuzz.header_atheris -max_total_time=3600 CORPUS_FOLDER

A crash, a hang, an error other than `FileError`, or a disagreement with the safetensors library
stops it and leaves the input in `crash-…`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["loraviewer"]):
    from loraviewer.adapters import foreign_files, header, header_json  # noqa: F401
    from tests.fuzz.headers import check, file_of


def one_input(raw: bytes) -> None:
    """Once as a whole file, once as a header in a frame that fits it."""
    if len(raw) >= 9:
        check(raw)
    check(file_of(raw, 0))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
