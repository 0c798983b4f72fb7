"""What the library says of files and groups of them."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from loraviewer.bridge.languages import figures, shown
from loraviewer.bridge.library.library_answers import Group, LibraryWishes
from loraviewer.core.families import family_title, is_known
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.library.port import FolderCount, KnownFolder, Scanned
from loraviewer.core.numbers import short_number
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.cards.adapter_sentences import kind_title
from loraviewer.ui.widgets.file_words import shortened

translate = QCoreApplication.translate
_MOST_CHARACTERS = 600
_MOST_KINDS = 3
_MOST_TOLD = 12
_MOST_PARTS = 2
"""Of a folder, where its end is told."""


def count_text(count: int) -> str:
    """9,812 as the locale writes it."""
    return QLocale().toString(count)


def group_title(group: Group, family: str) -> str:
    if group == "fitting":
        return translate("LibraryWords", "Fits {}").format(shown(family_title(family)))
    return {
        "adapters": translate("LibraryWords", "Adapters"),
        "others": translate("LibraryWords", "Other bases"),
        "checkpoints": translate("LibraryWords", "Checkpoints"),
        "unreadable": translate("LibraryWords", "Unreadable"),
    }[group]


def group_tip(group: Group) -> str:
    return {
        "adapters": translate(
            "LibraryWords", "All adapters: there is no base to compare with yet."
        ),
        "fitting": translate(
            "LibraryWords",
            "Adapters made for the loaded base, and those that do not say for which.",
        ),
        "others": translate("LibraryWords", "Adapters made for other bases than the loaded one."),
        "checkpoints": translate("LibraryWords", "Files of whole bases; Enter opens one."),
        "unreadable": translate("LibraryWords", "Files that cannot be used, each with the reason."),
    }[group]


def facts_line(entry: LibraryEntry) -> str:
    """SD 1.5 · LoRA · rank 16; of a checkpoint its size, of what cannot be read the reason."""
    if entry.sort == "unreadable":
        return shown(entry.problem)
    family = shown(family_title(entry.family)) if is_known(entry.family) else ""
    if entry.sort == "checkpoint":
        parts = [family, figures(bytes_text(entry.size_bytes))]
    else:
        parts = [family, " + ".join(map(kind_title, list(entry.kinds)[:_MOST_KINDS]))]
        parts.append(rank_words(entry.ranks))
    return " · ".join(part for part in parts if part)


def reason_words(entry: LibraryEntry) -> str:
    """Why it cannot be read, beside its name: without the path, which would fill the row."""
    words, path = shown(entry.problem), entry.path
    for named in (f"“{path}”", f"„{path}“", path):
        if words.startswith(named) and (reason := words[len(named) :].lstrip(" :,")):
            return reason
    return words.replace(path, Path(path).name)


def rank_words(ranks: tuple[int, int] | None) -> str:
    if ranks is None:
        return ""
    low, high = ranks
    told = str(low) if low == high else f"{low}–{high}"
    return translate("LibraryWords", "rank {}").format(told)


def words_line(entry: LibraryEntry) -> str:
    """Trigger words, else what a person wrote, else the folder."""
    note = entry.note
    told = ", ".join(entry.trigger_words) or " ".join(note.text.split())
    told = told or " ".join(f"#{tag}" for tag in note.tags)
    return (told or _end_of(str(Path(entry.path).parent)))[:200]


def spoken(entry: LibraryEntry) -> str:
    """For a screen reader."""
    parts = [entry.name, facts_line(entry), ", ".join(entry.trigger_words)]
    if entry.note.is_favourite:
        parts.append(translate("LibraryWords", "starred"))
    return ", ".join(part for part in parts if part)[:_MOST_CHARACTERS]


def tip(entry: LibraryEntry, is_in_stack: bool) -> str:
    """All that is known, a line each."""
    note = entry.note
    lines = [entry.title or entry.name, facts_line(entry)]
    if is_in_stack:
        lines.append(translate("LibraryWords", "In the stack of the active pane."))
    if entry.said_base:
        lines.append(translate("LibraryWords", "Made on {}").format(entry.said_base[:80]))
    if entry.trigger_words:
        words = translate("LibraryWords", "Trigger words: {}")
        lines.append(words.format(", ".join(entry.trigger_words)))
    if tags := (*note.tags, *entry.tags):
        lines.append(translate("LibraryWords", "Tags: {}").format(", ".join(tags)))
    if (strength := default_strength(entry)) is not None:
        words = translate("LibraryWords", "Added at strength {}")
        lines.append(words.format(figures(short_number(strength))))
    lines += [note.text] if note.text else []
    lines.append(f"{shortened(entry.path)} · {figures(bytes_text(entry.size_bytes))}")
    if entry.twins:
        words = translate("LibraryWords", "The same content: {}")
        lines.append(words.format(", ".join(map(shortened, entry.twins[:3]))))
    return "\n".join(line[:_MOST_CHARACTERS] for line in lines if line)


def default_strength(entry: LibraryEntry) -> float | None:
    """What a person chose, else what the file suggests; None for as trained."""
    return entry.suggested_strength if entry.note.strength is None else entry.note.strength


def count_words(shown: int, total: int) -> str:
    """34 of 9,812; without the second where all are shown."""
    if shown == total:
        return translate("LibraryWords", "{} in all").format(count_text(total))
    words = translate("LibraryWords", "{shown} of {total}")
    return words.format(shown=count_text(shown), total=count_text(total))


def scan_words(told: Scanned) -> str:
    if not told.files:
        return translate("LibraryWords", "Looking through the folders…")
    if not told.read:
        return translate("LibraryWords", "Looking: {} files").format(count_text(told.files))
    words = translate("LibraryWords", "Reading: {read} of {files} files")
    return words.format(read=count_text(told.read), files=count_text(told.files))


def unread_words(told: Scanned) -> str:
    """How many folders could not be read; nothing where all could."""
    if not told.unread_count:
        return ""
    if told.unread_count == 1:
        return translate("LibraryWords", "1 folder cannot be read")
    words = translate("LibraryWords", "{} folders cannot be read")
    return words.format(count_text(told.unread_count))


def unread_tip(told: Scanned) -> str:
    """Which, and why; a line each."""
    return "\n".join(shown(folder.problem) for folder in told.unread[:_MOST_TOLD])


def empty_words(wishes: LibraryWishes) -> str:
    """Why a group has no rows."""
    if wishes.is_narrowed:
        return translate("LibraryWords", "Nothing here matches.")
    return {
        "adapters": translate("LibraryWords", "No adapters in these folders."),
        "fitting": translate("LibraryWords", "No adapter in these folders fits {}.").format(
            shown(family_title(wishes.family))
        ),
        "others": translate("LibraryWords", "No adapters of other bases."),
        "checkpoints": translate("LibraryWords", "No checkpoints in these folders."),
        "unreadable": translate("LibraryWords", "Every file can be read."),
    }[wishes.group]


def offer_words(known: KnownFolder, count: FolderCount | None = None) -> str:
    """ComfyUI: …/models/loras · 214 files. count: None while that is not known."""
    place = f"{known.program}: {shortened(_end_of(known.path), 48)}"
    if count is None:
        return place
    if count.files == 1 and count.is_all:
        return translate("LibraryWords", "{place} · 1 file").format(place=place)
    words = translate("LibraryWords", "{place} · {count} files")
    if not count.is_all:
        words = translate("LibraryWords", "{place} · over {count} files")
    return words.format(place=place, count=count_text(count.files))


def _end_of(folder: str) -> str:
    """…/models/loras: what tells one from others."""
    parts = Path(folder).parts
    is_long = len(parts) > _MOST_PARTS + 1
    return "/".join(("…", *parts[-_MOST_PARTS:])) if is_long else folder
