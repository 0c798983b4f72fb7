"""Which rule a request means."""

from loraviewer.adapters.merging.rules.base import Rule
from loraviewer.adapters.merging.rules.dare import Dare
from loraviewer.adapters.merging.rules.iso_c import IsoC
from loraviewer.adapters.merging.rules.knots import KnotsTies
from loraviewer.adapters.merging.rules.rank_cap import RankCap
from loraviewer.adapters.merging.rules.spectral_clip import SpectralClip
from loraviewer.adapters.merging.rules.sum import Sum
from loraviewer.adapters.merging.rules.ties import Ties
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.outcome import MergeError
from loraviewer.core.sentences import say


def rule_of(asked: MergeRule) -> Rule:
    """`MergeError` for a rule that weights cannot obey, or a number that it cannot take."""
    if problem := asked.problem():
        raise MergeError(problem)
    match asked.name:
        case "sum":
            return Sum()
        case "svd":
            return RankCap(int(asked.amount))
        case "clip":
            return SpectralClip(asked.amount)
        case "ties":
            return Ties(asked.amount)
        case "dare":
            return Dare(asked.amount)
        case "knots-ties":
            return KnotsTies(asked.amount)
        case "iso-c":
            return IsoC()
        case "switch" | "composite":
            raise MergeError(
                say(
                    "“{title}” acts while a picture is denoised: no weights can hold it.",
                    title=asked.facts.title,
                )
            )
