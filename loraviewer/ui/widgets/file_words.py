"""Names of files and folders in sentences: short enough to be read, their ends kept."""

from pathlib import Path

_LONGEST = 56


def shortened(text: str, longest: int = _LONGEST) -> str:
    """With "…" in its middle where it is longer: beginning and end tell most of a name."""
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def folder_text(path: Path) -> str:
    """The folder that a file lies in; “~” for what a person calls home."""
    folder = path.parent
    if folder != Path.home() and folder.is_relative_to(Path.home()):
        folder = "~" / folder.relative_to(Path.home())
    return shortened(str(folder))
