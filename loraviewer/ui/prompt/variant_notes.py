"""What is said of a prompt that leaves something to the seed, or that a model wrote."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from loraviewer.core.request import PromptAuthor, Sampling

translate = QCoreApplication.translate


def drawn_notes(sampling: Sampling) -> list[str]:
    """The words that the seed gives; nothing of a prompt that is meant to the letter."""
    if not sampling.template:
        return []
    words = translate("VariantNotes", "Seed {seed}: “{words}”").format(
        seed=sampling.seed, words=sampling.prompt
    )
    return [words]


def missing_notes(sampling: Sampling, missing: Sequence[str]) -> list[str]:
    """Wildcards that are not there."""
    return [no_wildcards(missing)] if sampling.template and missing else []


def no_wildcards(missing: Sequence[str]) -> str:
    """Wildcards in a prompt that lie in no folder."""
    text = translate(
        "VariantNotes", "There is no wildcard {}: choose their folder in Edit ▸ Wildcards folder."
    )
    quoted = translate("VariantNotes", "“{}”")
    return text.format(", ".join(map(quoted.format, missing)))


def author_note(author: PromptAuthor | None) -> list[str]:
    """Who wrote the prompt, where that was no person."""
    if author is None:
        return []
    words = translate("VariantNotes", "Written by {model} at {host}")
    if author.is_edited:
        words = translate("VariantNotes", "Written by {model} at {host}, and edited")
    return [words.format(model=author.model, host=author.host)]
