"""The notes of an export's parts, as a file's metadata and a small file in a folder have them."""

from collections.abc import Mapping, Sequence

from loraviewer.core.encodable import encode_json
from loraviewer.core.licences import PartNote, combined_note, warnings

_STALE = ("modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash")
"""Of the file as it was."""


def notes_metadata(parts: Sequence[PartNote]) -> dict[str, str]:
    """`modelspec.license` names every part's, for all of them count for the whole. Nothing of no
    parts."""
    if not parts:
        return {}
    note = combined_note(parts)
    return {
        "loraviewer.parts": encode_json([part.told() for part in parts]).decode(),
        "loraviewer.licence_note": note,
        "modelspec.license": note,
    }


def checkpoint_metadata(
    own: Mapping[str, str], parts: Sequence[PartNote], method: str, base_identity: str
) -> dict[str, str]:
    """Of a single file. `own`: what the base's file says; what is still true of it stays."""
    kept = {key: value for key, value in own.items() if key not in _STALE}
    return {
        **kept,
        **notes_metadata(parts),
        "software": "loraviewer",
        "loraviewer.method": method,
        "loraviewer.base_identity": base_identity,
        "modelspec.merged_from": ", ".join(part.name for part in parts),
    }


def folder_notes(parts: Sequence[PartNote], method: str, base_identity: str) -> bytes:
    """Of the file beside model_index.json."""
    table = {
        "software": "loraviewer",
        "method": method,
        "base_identity": base_identity,
        **parts_told(parts),
    }
    return encode_json(table)


def parts_told(parts: Sequence[PartNote]) -> dict[str, object]:
    """For JSON."""
    return {
        "parts": [part.told() for part in parts],
        "licence_note": combined_note(parts),
        "warnings": list(warnings(parts)),
    }
