"""Why the weights see no row of a stack, in one word and in one sentence."""

from typing import Literal

from loraviewer.core.sentences import say
from loraviewer.core.stack import AdapterStack

Reason = Literal["off", "drafts", "muted", "zero"]
"""No row is on; all that are on are for drafts only; none that is on fits the base, or is read by
now; all come to strength 0."""


def nothing_applied(stack: AdapterStack, heard: AdapterStack) -> Reason | None:
    """None where the weights see a row. stack: as the person left it. heard: the same without what
    is muted."""
    if heard.applied():
        return None
    if stack.is_all_off:
        return "off"
    if not stack.applied_entries():
        return "drafts"
    return "zero" if heard.applied_entries() else "muted"


def reason_words(reason: Reason) -> str:
    """One sentence, of the stack that is looked at."""
    match reason:
        case "off":
            return say("No row is on.")
        case "drafts":
            return say("Rows for drafts only take no part here, and no other row is on.")
        case "muted":
            return say("The rows that are on do not fit this base, or are being read.")
        case "zero":
            return say("The rows that are on come to strength 0.")
