"""Names of files and folders in sentences: short enough to be read, their ends kept."""

from pathlib import Path

from loraviewer.core.sentences import Sentence

_LONGEST = 56
_ENDS = 2


def shortened(text: str, longest: int = _LONGEST) -> str:
    """With "…" in its middle where it is longer: beginning and end tell most of a name."""
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def with_short_paths(sentence: str) -> str:
    """A sentence from below, of each path in it only the ends: …/experiments/snow."""
    is_made = isinstance(sentence, Sentence)
    return sentence.with_texts(_end_of_path) if is_made else sentence


def _end_of_path(text: str) -> str:
    path = Path(text)
    is_long = path.is_absolute() and len(path.parts) > _ENDS + 1
    return "/".join(("…", *path.parts[-_ENDS:])) if is_long else text


def folder_text(path: Path) -> str:
    """The folder that a file lies in; “~” for what a person calls home."""
    folder = path.parent
    if folder != Path.home() and folder.is_relative_to(Path.home()):
        folder = "~" / folder.relative_to(Path.home())
    return shortened(str(folder))
