"""What is said beside numbers of a stack that are those of its sum, while another rule is on."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.core.captions import rule_words
from loraviewer.core.stack import AdapterStack


def sum_words(stack: AdapterStack) -> str:
    """One sentence; "" where pictures are made by the sum."""
    if stack.merge_rule.is_sum:
        return ""
    words = QCoreApplication.translate(
        "SumWords", "These numbers are those of the sum; pictures are made by {}."
    )
    return words.format(shown(rule_words(stack.merge_rule)))
