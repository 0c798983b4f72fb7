"""Which rows of a stack cannot be applied to the loaded base. Derived from facts, never edited in:
a row's switch keeps what the person chose."""

from collections.abc import Callable

from loraviewer.core.adapter_facts import Fit
from loraviewer.core.stack import AdapterStack, StackEntry


def muted_entries(
    stack: AdapterStack, fit: Callable[[str], Fit], base_identity: str
) -> frozenset[str]:
    """Ids of the rows that are on and must not be applied. fit: by an adapter's sha256."""
    rows = (entry for entry in stack.entries if entry.is_enabled)
    return frozenset(e.entry_id for e in rows if _is_muted(e, fit(e.sha256), base_identity))


def _is_muted(entry: StackEntry, fit: Fit, base_identity: str) -> bool:
    """A person may insist on what lands at least in part, on the base that is loaded."""
    is_insisted = bool(base_identity) and entry.insisted_on == base_identity
    return fit is Fit.NONE or (fit is Fit.IN_PART and not is_insisted)
