"""Numbers with units, as the window writes them."""

from loraviewer.bridge.languages import figures


def duration_text(milliseconds: float) -> str:
    """4 ms, 610 ms, 12.3 s."""
    if milliseconds < 9_995:
        return f"{milliseconds:.0f} ms"
    return figures(f"{milliseconds / 1000:.1f} s")


def share_text(share: float) -> str:
    """A share of 0 … 1 in percent, that never rounds a part to nothing or to all."""
    percent = share * 100
    if percent <= 0.0 or percent >= 100.0:
        return f"{max(0.0, min(100.0, percent)):.0f} %"
    if percent < 0.1:
        return figures("< 0.1 %")
    if percent > 99.9:
        return figures("> 99.9 %")
    digits = 0 if 1.0 <= percent <= 99.0 else 1
    return figures(f"{percent:.{digits}f} %")
