"""Words and numbers as HTML. What comes from files is hostile: everything passes through `safe`."""

import html
import math


def safe(text: object) -> str:
    """As text between tags and in quoted attributes. Characters that do not show, such as those
    that turn the direction of a line, are replaced."""
    shown = "".join(c if c.isprintable() or c == "\n" else "�" for c in str(text))
    return html.escape(shown, quote=True)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def number(value: float | None) -> str:
    """Four digits; a dash where there is none."""
    return "–" if value is None or not math.isfinite(value) else minus(f"{value:.4g}")


def percent(share: float | None) -> str:
    if share is None or not math.isfinite(share):
        return "–"
    return minus(f"{share:.1%}" if abs(share) < 9.995 else f"{share:.0%}")


def minus(text: str) -> str:
    """As it is set."""
    return text.replace("-", "−")


def table(head: str, rows: list[str], attributes: str = "") -> str:
    """head, rows: cells of each."""
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="wide"><table{attributes}><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def cells(*values: str) -> str:
    """Of numbers and other short things, as safe HTML."""
    return "".join(f"<td>{value}</td>" for value in values)


def heads(*values: str, texts: int = 1) -> str:
    """The first `texts` of them are over words, the others over numbers."""
    return "".join(
        f'<th scope="col"{_TEXT if i < texts else ""}>{safe(value)}</th>'
        for i, value in enumerate(values)
    )


_TEXT = ' class="text"'
