"""What the lab's words mean, in one line each."""

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate
_CONTEXT = "Definitions"


def definitions() -> list[tuple[str, str]]:
    """(term, what it means), in the order in which they build on each other."""
    return [*_of_sizes(), *_of_angles(), *_of_spectra(), *_of_numbers()]


def _of_sizes() -> list[tuple[str, str]]:
    return [
        ("W₀", translate(_CONTEXT, "A weight of the base, before any adapter.")),
        ("ΔW", translate(_CONTEXT, "The change that one adapter makes to it at strength 1.")),
        ("S", translate(_CONTEXT, "The sum of all changes at their strengths: the stack.")),
        (
            "‖S‖",
            translate(
                _CONTEXT, "How long a change is: the root of the sum of its squared numbers."
            ),
        ),
        (translate(_CONTEXT, "Energy"), translate(_CONTEXT, "That length, squared.")),
        (
            translate(_CONTEXT, "Share"),
            translate(_CONTEXT, "What part of the energy is an adapter’s; below 0 it cancels."),
        ),
        (
            translate(_CONTEXT, "As strong as … alone"),
            translate(_CONTEXT, "‖S‖ in lengths of one adapter of the stack alone at strength 1."),
        ),
    ]


def _of_angles() -> list[tuple[str, str]]:
    return [
        (
            translate(_CONTEXT, "Cosine"),
            translate(_CONTEXT, "1: two changes are the same; 0: unrelated; −1: they cancel."),
        ),
        (
            translate(_CONTEXT, "Chance"),
            translate(_CONTEXT, "What random changes of this size would show; less says nothing."),
        ),
        (
            translate(_CONTEXT, "Overlap"),
            translate(_CONTEXT, "How much of the directions of one are also those of the other."),
        ),
    ]


def _of_spectra() -> list[tuple[str, str]]:
    return [
        ("σ₁", translate(_CONTEXT, "The length of a change in its strongest direction.")),
        (
            translate(_CONTEXT, "Stable rank"),
            translate(_CONTEXT, "In how many directions its energy lies: ‖S‖² / σ₁²."),
        ),
        (
            translate(_CONTEXT, "Effective rank"),
            translate(_CONTEXT, "The same from all singular values, small ones too."),
        ),
        (
            translate(_CONTEXT, "Spike"),
            translate(_CONTEXT, "Nearly a single direction, strong beside W₀: two seldom get on."),
        ),
        (
            translate(_CONTEXT, "Participation"),
            translate(_CONTEXT, "1: all rows or columns change alike; near 0: a few change most."),
        ),
        (
            translate(_CONTEXT, "Intruder"),
            translate(_CONTEXT, "A strong direction of W₀ + S that W₀ does not have."),
        ),
    ]


def _of_numbers() -> list[tuple[str, str]]:
    return [
        (
            translate(_CONTEXT, "Rounding error"),
            translate(_CONTEXT, "What of the change is lost or made up in the base’s dtype."),
        ),
        (
            translate(_CONTEXT, "Fingerprint"),
            translate(_CONTEXT, "A number that tells whether two weights are equal bit for bit."),
        ),
    ]
