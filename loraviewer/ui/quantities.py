"""Numbers with units, as the window writes them."""


def bytes_text(count: int) -> str:
    """Three figures at most: 24 MB, 1.2 GB."""
    value, unit = float(count), "B"
    for bigger in ("KB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    digits = 1 if unit in ("GB", "TB") and value < 100 else 0
    return f"{value:.{digits}f} {unit}"


def duration_text(milliseconds: float) -> str:
    """4 ms, 610 ms, 12.3 s."""
    if milliseconds < 9_995:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"
