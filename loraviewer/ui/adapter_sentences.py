"""What a row says about its adapter file: a sentence when part of it did not land, and facts."""

from PySide6.QtCore import QCoreApplication

from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport, AdapterSummary

translate = QCoreApplication.translate


def trouble(report: AdapterReport | Failure | None) -> str:
    """One sentence why a row is amber; empty when everything landed."""
    if isinstance(report, Failure):
        return report.message
    if report is None or (report.is_complete and report.fits):
        return ""
    if not report.matched:
        words = translate(
            "AdapterSentences",
            "None of its {total} modules fit this base: it was made for another one.",
        )
        return words.format(total=report.total)
    words = translate("AdapterSentences", "{matched} of {total} modules landed; {reasons}.")
    matched, reasons = len(report.matched), ", ".join(_reasons(report))
    return words.format(matched=matched, total=report.total, reasons=reasons)


def trouble_detail(report: AdapterReport | Failure | None) -> str:
    """Every name that did not land, for the clipboard."""
    if isinstance(report, Failure):
        return f"{report.kind}: {report.message}\n{report.detail}".strip()
    if report is None:
        return ""
    groups = {
        "unmatched": report.unmatched,
        "another shape": report.shape_mismatch,
        "unsupported": report.unsupported,
    }
    lines = [f"sha256 {report.sha256}", f"matched {len(report.matched)} of {report.total}"]
    for what, names in groups.items():
        lines += [f"{what} ({len(names)}):", *(f"  {name}" for name in names)] if names else []
    return "\n".join(lines)


def facts(
    summary: AdapterSummary | None, report: AdapterReport | Failure | None, path: str
) -> tuple[tuple[str, str], ...]:
    """Label and value pairs for the details of a row; what is unknown is left out."""
    rows: list[tuple[str, str]] = []
    if summary is not None:
        rows += [
            (
                translate("AdapterSentences", "Kind"),
                " · ".join(f"{kind} ×{n}" for kind, n in summary.kinds.items()),
            ),
            (translate("AdapterSentences", "Rank"), _rank(summary.ranks)),
            (translate("AdapterSentences", "Naming"), ", ".join(summary.naming)),
            (
                translate("AdapterSentences", "Made for"),
                summary.family if summary.family != "unknown" else "",
            ),
            (translate("AdapterSentences", "Stored as"), summary.dtype),
        ]
    if isinstance(report, AdapterReport):
        rows.append(
            (translate("AdapterSentences", "Modules"), f"{len(report.matched)} / {report.total}")
        )
    elif summary is not None:
        rows.append((translate("AdapterSentences", "Modules"), str(summary.modules)))
    rows.append((translate("AdapterSentences", "File"), path))
    return tuple((label, value) for label, value in rows if value)


def _reasons(report: AdapterReport) -> list[str]:
    reasons = []
    if report.unmatched:
        reasons.append(
            translate("AdapterSentences", "{n} have no counterpart in this base").format(
                n=len(report.unmatched)
            )
        )
    if report.shape_mismatch:
        reasons.append(
            translate("AdapterSentences", "{n} have another shape").format(
                n=len(report.shape_mismatch)
            )
        )
    if report.unsupported:
        reasons.append(
            translate("AdapterSentences", "{n} are of an unsupported kind").format(
                n=len(report.unsupported)
            )
        )
    return reasons


def _rank(ranks: tuple[int, int] | None) -> str:
    if ranks is None:
        return ""
    low, high = ranks
    return str(low) if low == high else f"{low} … {high}"
