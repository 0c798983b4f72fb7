"""Whether a single file opens as a base, and what it needs beside it; from its header alone."""

from pathlib import Path
from typing import Any

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.originals.assembly import Assembly
from loraviewer.adapters.originals.companions import Companions
from loraviewer.adapters.recognition.single_file_config import recognised
from loraviewer.core.outcome import CheckpointError


def opening_facts(path: Path, header: Header) -> dict[str, Any]:
    """`opens`: whether it does once everything is there; `needs`: components that the file lacks
    and rendering must have, as diffusers names them; `why_not`: a sentence where it never does."""
    try:
        assembly = Assembly(recognised(path, header), Companions.none())
    except CheckpointError as error:
        return {"opens": False, "needs": [], "why_not": error.message}
    needs = [name for name in assembly.networks if not assembly.has(name)]
    if assembly.t5 and assembly.may_lack_t5:
        needs = [name for name in needs if name != assembly.t5]
    elif assembly.t5:
        needs.append(assembly.t5_tokenizer)
    return {"opens": True, "needs": [*needs, *assembly.tokenizer_classes], "why_not": ""}
