"""What is said of a prompt that leaves something to the seed, or that a model wrote."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from loraviewer.core.request import PromptAuthor, Sampling


def variant_notes(sampling: Sampling, missing: Sequence[str]) -> list[str]:
    """The words that the seed gives, and wildcards that are not there; nothing of a prompt that is
    meant to the letter."""
    if not sampling.template:
        return []
    words = _tr("Seed {seed}: “{words}”").format(seed=sampling.seed, words=sampling.prompt)
    if not missing:
        return [words]
    return [words, no_wildcards(missing)]


def no_wildcards(missing: Sequence[str]) -> str:
    text = _tr("There is no wildcard {}: choose their folder in Edit ▸ Wildcards folder.")
    return text.format(", ".join(f"“{name}”" for name in missing))


def author_note(author: PromptAuthor | None) -> list[str]:
    """Who wrote the prompt, where that was no person."""
    if author is None:
        return []
    words = _tr("Written by {model} at {host}")
    if author.is_edited:
        words = _tr("Written by {model} at {host}, and edited")
    return [words.format(model=author.model, host=author.host)]


def _tr(text: str) -> str:
    return QCoreApplication.translate("VariantNotes", text)
