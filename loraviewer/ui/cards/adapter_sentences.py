"""What the studio says about an adapter: a sentence when part of it did not land, and facts."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.families import family_title, is_known
from loraviewer.core.lost_encoders import lost_words
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport, AdapterSummary
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.widgets.quantities import share_text

translate = QCoreApplication.translate
_KIND_TITLES: Mapping[str, str] = {
    "lora": "LoRA",
    "locon": "LoCon",
    "adalora": "AdaLoRA",
    "loha": "LoHa",
    "lokr": "LoKr",
    "oft": "OFT",
    "oftv2": "OFTv2",
    "boft": "BOFT",
    "ia3": "IA³",
    "glora": "GLoRA",
    "vera": "VeRA",
    "dora": "DoRA",
}


def trouble(facts: AdapterFacts) -> str:
    """One sentence why a row is amber; empty when everything landed."""
    report = facts.report
    if facts.is_misfit and facts.is_stranger and not _has_own_reason(report):
        words = translate("AdapterSentences", "Made for {family}; the base is {base}.")
        return words.format(family=_unbroken(facts.family), base=_unbroken(facts.base_family))
    if isinstance(report, Failure):
        return shown(report.message)
    if report is None or (report.is_complete and report.fits):
        return ""
    if not report.matched and not report.lost_encoders:
        words = translate(
            "AdapterSentences",
            "None of its {total} modules fit this base: it was made for another one.",
        )
        return words.format(total=report.total)
    return f"{landed(report)}; {', '.join(_reasons(report, facts.base_family))}."


def _has_own_reason(report: AdapterReport | Failure | None) -> bool:
    """Whether a failure is about something else than what the adapter was made for."""
    return isinstance(report, Failure) and report.kind is not FailureKind.ADAPTER


def landed(report: AdapterReport) -> str:
    """How much landed, by modules and, where it was measured, by energy."""
    if report.energy_share is None:
        words = translate("AdapterSentences", "{matched} of {total} modules landed")
    else:
        words = translate(
            "AdapterSentences", "{matched} of {total} modules with {share} of the energy landed"
        )
    share = share_text(report.energy_share or 0.0)
    return words.format(matched=len(report.matched), total=report.total, share=share)


def trouble_detail(facts: AdapterFacts) -> str:
    """Every name that did not land with its reason, for the clipboard."""
    report = facts.report
    if isinstance(report, Failure):
        return f"{report.kind}: {shown(report.message)}\n{report.detail}".strip()
    if report is None:
        return ""
    groups = {
        translate("AdapterSentences", "unmatched"): report.unmatched,
        translate("AdapterSentences", "another shape"): report.shape_mismatch,
        translate("AdapterSentences", "unsupported"): report.unsupported,
        translate("AdapterSentences", "ignored"): report.ignored,
    }
    matched = translate("AdapterSentences", "matched {} of {}")
    lines = [f"sha256 {report.sha256}", matched.format(len(report.matched), report.total)]
    if report.energy_share is not None:
        energy = translate("AdapterSentences", "energy {}")
        lines.append(energy.format(figures(f"{report.energy_share:.6f}")))
    for what, names in groups.items():
        lines += [f"{what} ({len(names)}):"] if names else []
        lines += [f"  {name}  {shown(report.reasons.get(name, ''))}".rstrip() for name in names]
    return "\n".join(lines)


def doubts(facts: AdapterFacts) -> tuple[str, ...]:
    """What is uncertain about the strength: what the header tells, and then what its values do."""
    found = facts.summary.doubts if facts.summary else ()
    if isinstance(facts.report, AdapterReport):
        found += facts.report.doubts
    return tuple(dict.fromkeys(map(shown, found)))


def base_weights_text(plan: MemoryPlan) -> str:
    """What a stack costs in memory, for the status line; empty where it changes nothing."""
    if plan.touched_bytes == 0:
        return ""
    if plan.kept_bytes == 0:
        return translate("AdapterSentences", "keeps no base weights")
    if plan.policy == "pinned":
        words = translate("AdapterSentences", "keeps {} of base weights in main memory")
    else:
        words = translate("AdapterSentences", "keeps {} of base weights")
    return words.format(figures(bytes_text(plan.kept_bytes)))


def touched_text(report: AdapterReport) -> str:
    """What merging an adapter costs in memory; empty where that is not known."""
    if report.touched_bytes == 0:
        return ""
    words = translate("AdapterSentences", "changes {} of weights; as much is kept of the base")
    return words.format(figures(bytes_text(report.touched_bytes)))


def family_words(facts: AdapterFacts) -> str:
    """The family and who says so; empty where nobody knows."""
    if facts.family_override:
        return translate("AdapterSentences", "{} (by you)").format(
            shown(family_title(facts.family_override))
        )
    return shown(family_title(facts.family)) if is_known(facts.family) else ""


def kinds_text(summary: AdapterSummary) -> str:
    """LoRA ×192 · DoRA ×4."""
    return " · ".join(f"{kind_title(kind)} ×{n}" for kind, n in summary.kinds.items())


def kind_title(kind: str) -> str:
    return _KIND_TITLES.get(kind, kind)


def rank_text(summary: AdapterSummary) -> str:
    if summary.ranks is None:
        return ""
    low, high = summary.ranks
    return str(low) if low == high else f"{low} … {high}"


def key_facts(facts: AdapterFacts) -> tuple[tuple[str, str], ...]:
    """Label and value pairs for the unfolded row; what is unknown is left out."""
    rows: list[tuple[str, str]] = []
    summary, report = facts.summary, facts.report
    if summary is not None:
        kinds, rank = kinds_text(summary), rank_text(summary)
        rank = translate("AdapterSentences", "rank {}").format(rank) if rank else ""
        rows += [
            (translate("AdapterSentences", "Made for"), family_words(facts)),
            (
                translate("AdapterSentences", "Kind"),
                " · ".join(part for part in (kinds, rank) if part),
            ),
        ]
    if isinstance(report, AdapterReport):
        count = f"{len(report.matched)} / {report.total}"
        if report.energy_share is not None:
            count = translate("AdapterSentences", "{count} · {share} of the energy").format(
                count=count, share=share_text(report.energy_share)
            )
        rows.append((translate("AdapterSentences", "Modules"), count))
        rows.append((translate("AdapterSentences", "Memory"), touched_text(report)))
    rows.append((translate("AdapterSentences", "Uncertain"), "\n".join(doubts(facts))))
    return tuple((label, value) for label, value in rows if value)


def _unbroken(family: str) -> str:
    """A title that no line break tears apart."""
    return shown(family_title(family)).replace(" ", "\u00a0")


def _reasons(report: AdapterReport, base_family: str) -> list[str]:
    advice = translate("AdapterSentences", "File › Components folder… says where one lies")
    lost = shown(lost_words(report, base_family, advice))
    counted = (
        (
            report.unmatched,
            translate("AdapterSentences", "1 has no counterpart in this base"),
            translate("AdapterSentences", "{n} have no counterpart in this base"),
        ),
        (
            report.shape_mismatch,
            translate("AdapterSentences", "1 has another shape"),
            translate("AdapterSentences", "{n} have another shape"),
        ),
        (
            report.unsupported,
            translate("AdapterSentences", "1 is of an unsupported kind"),
            translate("AdapterSentences", "{n} are of an unsupported kind"),
        ),
    )
    reasons = [
        one if len(names) == 1 else many.format(n=len(names))
        for names, one, many in counted
        if names
    ]
    return [f"{reasons[0]} ({lost})", *reasons[1:]] if lost else reasons
