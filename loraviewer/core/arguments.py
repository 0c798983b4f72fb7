"""What people type on the command line, as values: adapters with strengths, sizes, output names."""

import math
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from loraviewer.core.adapter_paths import adapter_file, is_adapter_folder
from loraviewer.core.block_weights import APART, LISTED, joined, read_apart, read_weights
from loraviewer.core.blocks import BlockScales, block_scales, is_block
from loraviewer.core.numbers import read_size
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import demo_adapters, typed_path
from loraviewer.core.sentences import say

_TAG = re.compile(r"<\s*(?:lora|lyco|loha|locon)\s*:([^<>]{1,4000})>", re.IGNORECASE)


class AdapterArgument(msgspec.Struct, frozen=True):
    """`FILE[:SCALE[:TEXT_SCALE]][@BLOCK=S,BLOCK=S…]`. `text_scale` None: the text encoders follow
    `scale`."""

    file: str
    scale: float = 1.0
    text_scale: float | None = None
    block_scales: BlockScales = ()


def parse_adapter(text: str) -> AdapterArgument:
    """Read from the right, so that `C:\\loras\\manga.safetensors:0.8` works. What lies under a
    name with a colon is meant by it.

    Raises `ValueError` with one sentence for a strength that is no finite number, a block that no
    base has, or a missing file name.
    """
    file, blocks = _split_blocks(text)
    numbers = list[float]()
    while len(numbers) < 2 and not _exists(file):  # a name may end like a strength
        rest, colon, last = file.rpartition(":")
        number = _number(last)
        if not colon or number is None:
            break
        file, numbers = rest, [number, *numbers]
    if not file:
        raise ValueError(f"“{text}” names no adapter file.")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError(f"The strength in “{text}” is not a finite number.")
    return AdapterArgument(file, *numbers, block_scales=blocks)


def spelled(adapter: AdapterArgument) -> str:
    """As `parse_adapter` reads it."""
    text = "" if adapter.text_scale is None else f":{adapter.text_scale!r}"
    blocks = ",".join(f"{block}={factor!r}" for block, factor in adapter.block_scales)
    ends_names = blocks or "@" in adapter.file
    return f"{adapter.file}:{adapter.scale!r}{text}{'@' if ends_names else ''}{blocks}"


def _split_blocks(text: str) -> tuple[str, BlockScales]:
    """What stands before the `@`, and the strengths of blocks after it."""
    rest, at, last = text.rpartition("@")
    if at and not last and not _exists(text):  # no blocks, said so for a name that looks like some
        return rest, ()
    if not at or "=" not in last or _exists(text):
        return text, ()
    factors: list[tuple[str, float]] = []
    for part in last.split(","):
        name, is_, said = (word.strip() for word in part.partition("="))
        number = _number(said)
        if not is_ or number is None or not is_block(name):
            raise ValueError(
                f"“{part}” in “{text}” is no block with a strength; write it as IN04=0.5, with a "
                "name as IN00 … OUT11, M00, D00, S00 or TE1.00."
            )
        factors.append((name, number))
    try:
        return rest, block_scales(factors)
    except ValueError as error:
        raise ValueError(f"In “{text}” {error}.") from error


def _exists(file: str) -> bool:
    return bool(file) and os.path.exists(typed_path(file))


def _number(text: str) -> float | None:
    """As people write numbers: Python's float also reads `1_0` and digits of other scripts."""
    if not text.isascii() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def adapter_path(file: str) -> Path:
    """The file a person meant: a path, the folder of one adapter, or the bare name of a bundled
    adapter.

    Raises `FileError` that names the file, and the bundled names where one was meant.
    """
    path = typed_path(file)
    if os.path.isfile(path) or is_adapter_folder(path):
        return adapter_file(path)
    bundled = {adapter.stem: adapter for adapter in demo_adapters()}
    if file in bundled:
        return bundled[file]
    _check_strength(file, bundled)
    is_bare = path.name == file and not path.suffix
    if os.path.isdir(path) and not is_bare:
        return adapter_file(path)  # says why it is none
    hint = f"; bundled adapters are {', '.join(bundled)}" if is_bare and bundled else ""
    raise FileError(f"{file}: there is no such adapter file{hint}.")


def _check_strength(file: str, bundled: Collection[str]) -> None:
    """Where the file is there but for what follows a colon, that was meant as a strength."""
    name, strengths = file, list[str]()
    while len(strengths) < 3 and ":" in name:
        name, _, last = name.rpartition(":")
        strengths = [last, *strengths]
        if name in bundled or _exists(name):
            raise FileError(
                f"“{':'.join(strengths)}” after {name} is no strength; write one number with a "
                f"point, as {name}:0.8, or two, of which the second is for text encoders."
            )


def adapter_tags(prompt: str) -> dict[str, str]:
    """Tags by which other programs put adapters into a prompt → the option that means the same.

    `<lora:name:0.8>`, and in the forms of A1111 `<lora:name:te=0.5:unet=0.8>`, `<lyco:name>`.
    """
    return {match[0]: _as_option(match[1]) for match in _TAG.finditer(prompt)}


def _as_option(inside: str) -> str:
    """`name:te=0.5:unet=0.8` → `--lora name:0.8:0.5`; numbers without a word mean te, then unet."""
    name, *rest = inside.split(":")
    named = dict(part.split("=", 1) for part in rest if "=" in part)
    bare = [part for part in rest if "=" not in part]
    text = named.get("te", bare[0] if bare else "")
    scale = named.get("unet", bare[1] if len(bare) > 1 else text)
    numbers = [scale, text] if text and text != scale else [scale]
    option = ":".join(["--lora " + name.strip(), *(n.strip() for n in numbers if n.strip())])
    return option + _blocks_option(named)


def _blocks_option(named: Mapping[str, str]) -> str:
    """What a tag says of single blocks of the denoiser; "" where that is nothing that is known."""
    listed, apart = read_weights(named.get(LISTED, "")), read_apart(named.get(APART, ""))
    scales = joined([listed.scales if listed else (), apart or ()])
    told = ",".join(f"{block}={factor:g}" for block, factor in scales)
    return f"@{told}" if told else ""


def parse_size(text: str) -> tuple[int, int]:
    """`WxH` in picture pixels. Raises `ValueError` with one sentence."""
    size = read_size(text)
    if size is None:
        raise ValueError(
            say("A size is written WIDTHxHEIGHT, as 512x512, not “{text}”.", text=text)
        )
    return size


def numbered(path: Path, count: int) -> list[Path]:
    """`out.png` for one picture; `out-1.png` … `out-K.png` for more."""
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{i}{path.suffix}") for i in range(1, count + 1)]
