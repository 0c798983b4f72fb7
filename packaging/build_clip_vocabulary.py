"""Build `resources/configs/clip` from OpenAI's published CLIP merges.

    pip download --no-deps --dest /tmp/clip clip-anytorch==2.6.0
    python packaging/build_clip_vocabulary.py /tmp/clip/clip_anytorch-2.6.0-py3-none-any.whl

The wheel (MIT) holds `bpe_simple_vocab_16e6.txt.gz`; the result is committed, so neither the wheel
nor this script is needed to run loraviewer.
"""

import gzip
import hashlib
import json
import sys
import zipfile
from pathlib import Path

MERGES = "clip/bpe_simple_vocab_16e6.txt.gz"
MERGES_SHA256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
LICENSE = "clip_anytorch-2.6.0.dist-info/LICENSE"
USED_MERGES = 48_894
"""The file lists more merges than CLIP was trained with. Line 0 is a header."""

WORD_END = "</w>"
SPECIALS = ("<|startoftext|>", "<|endoftext|>")
TOKENIZER = {
    "tokenizer_class": "CLIPTokenizer",
    "model_max_length": 77,
    "bos_token": "<|startoftext|>",
    "eos_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
}


def main() -> None:
    folder = Path(__file__).resolve().parent.parent / "resources/configs/clip"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        merges = read_merges(wheel.read(MERGES))
        (folder / "LICENSE").write_bytes(wheel.read(LICENSE).strip() + b"\n")
    tokens = {token: index for index, token in enumerate(vocabulary(merges))}
    write(folder / "vocab.json", json.dumps(tokens, ensure_ascii=False, separators=(",", ":")))
    write(folder / "merges.txt", "\n".join(["#version: 0.2", *merges]))
    write(folder / "tokenizer_config.json", json.dumps(TOKENIZER, indent=2))


def read_merges(packed: bytes) -> list[str]:
    """The merges CLIP uses, best first, each "left right"."""
    if hashlib.sha256(packed).hexdigest() != MERGES_SHA256:
        raise SystemExit(f"{MERGES} is not the published file.")
    lines = gzip.decompress(packed).decode("utf-8").split("\n")
    return lines[1 : USED_MERGES + 1]


def vocabulary(merges: list[str]) -> list[str]:
    """49,408 tokens in the order of their ids: bytes, last bytes of words, merges, specials."""
    symbols = byte_symbols()
    joined = [merge.replace(" ", "") for merge in merges]
    return [*symbols, *(symbol + WORD_END for symbol in symbols), *joined, *SPECIALS]


def byte_symbols() -> list[str]:
    """One visible character per byte: printable bytes as they are, then the others from U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [*map(chr, printable), *(chr(0x100 + i) for i in range(256 - len(printable)))]


def write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
