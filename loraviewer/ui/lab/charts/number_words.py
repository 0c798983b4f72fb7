"""Numbers as charts write them: short, never rounded to nothing."""

import math

from loraviewer.bridge.languages import figures


def number_text(value: float | None, digits: int = 3) -> str:
    """0.123, 12.3, 1 230, 4.5 × 10⁻⁶; “–” where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if value == 0.0 or math.isinf(value):
        return "0" if value == 0.0 else ("∞" if value > 0 else "−∞")
    exponent = math.floor(math.log10(abs(value)))
    if -4 < exponent < 5:
        text = f"{value:.{max(0, digits - 1 - exponent)}f}"
        return figures(text).replace("-", "−")
    mantissa = figures(f"{value / 10.0**exponent:.{digits - 1}f}").replace("-", "−")
    return f"{mantissa} × {power_text(exponent)}"


def power_text(exponent: int) -> str:
    """10⁻³."""
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def plain_text(value: float) -> str:
    """−0.25, 0, 4: for ticks, without zeros at the end."""
    return figures(f"{value:.4g}").replace("-", "−")


def signed_text(value: float | None) -> str:
    """+0.12, −0.012, 0.000: for what lies in −1 … 1; a third digit for small ones."""
    if value is None or math.isnan(value):
        return "–"
    digits = 2 if abs(value) >= 0.0995 else 3
    text = f"{value:+.{digits}f}"
    is_zero = float(text) == 0.0
    return figures(text[1:] if is_zero else text).replace("-", "−")
