"""Which rows of a stack cannot be applied to the loaded base. Derived from facts, never edited in:
a row's switch keeps what the person chose."""

from collections.abc import Callable

from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.reports import AdapterReport
from loraviewer.core.stack import AdapterStack, StackEntry


def muted_entries(
    stack: AdapterStack, facts: Callable[[str], AdapterFacts], base_identity: str
) -> frozenset[str]:
    """Ids of the rows that are on and must not be applied. facts: by an adapter's sha256."""
    rows = (entry for entry in stack.entries if entry.is_enabled)
    return frozenset(e.entry_id for e in rows if _is_muted(e, facts(e.sha256), base_identity))


def _is_muted(entry: StackEntry, facts: AdapterFacts, base_identity: str) -> bool:
    """A person may insist on what lands at least in part, on the base that is loaded."""
    landed = isinstance(facts.report, AdapterReport) and bool(facts.report.matched)
    is_insisted = bool(base_identity) and entry.insisted_on == base_identity
    return facts.is_misfit and not (landed and is_insisted)
