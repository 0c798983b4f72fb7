"""The model card, resources/demo/README.md, written from the measured figures."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from .adapters import RECIPES
from .evaluate import Studio
from .workspace import ADAPTERS, BASE_COUNT, DEMO, STYLE_COUNT, figures

PROMPTS = (
    "a girl with blond hair in a red dress in a meadow", "a boy in a blue shirt in a city",
    "a black cat at night", "a brown dog on a beach", "a blue car in a city",
    "a house with a red roof in the snow", "a purple mushroom in a forest",
    "a yellow fish by the sea",
)  # fmt: skip
TILE, MARGIN = 96, 110


def contact_sheet(path: Path) -> None:
    """The same eight prompts and seeds: the base, every adapter at 1.0, and stacks."""
    studio = Studio.open()
    stacks: list[tuple[str, dict[str, float]]] = [("base", {})]
    stacks += [(f"{one.style} 1", {one.style.replace("-", "_"): 1.0}) for one in RECIPES]
    stacks += [
        ("manga 1 + birds 1", {"manga": 1.0, "birds": 1.0}),
        ("neon .6 + frogs 1", {"neon": 0.6, "frogs": 1.0}),
        ("both at 2", {"manga": 2.0, "birds": 2.0}),
        ("manga -1", {"manga": -1.0}),
        ("all ten at 1", {one.style.replace("-", "_"): 1.0 for one in RECIPES}),
    ]
    sheet = Image.new("RGB", (MARGIN + TILE * len(PROMPTS), TILE * len(stacks)), "white")
    pen = ImageDraw.Draw(sheet)
    for y, (label, strengths) in enumerate(stacks):
        with studio.stack(**strengths):
            row = studio.paint([*PROMPTS], 100)
        pen.text((4, y * TILE + TILE // 2 - 6), label, fill="black")
        for x, picture in enumerate(row):
            small = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.LANCZOS)
            sheet.paste(small, (MARGIN + x * TILE, y * TILE))
    sheet.save(path, quality=88, optimize=True)


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _row(figure: str, target: str, measured: str, met: bool | None) -> str:
    verdict = {True: "yes", False: "**missed**", None: "-"}[met]
    return f"| {figure} | {target} | {measured} | {verdict} |"


def results() -> list[str]:
    """The table's rows: figure, target, measured, met."""
    f = figures()
    base, skew, style = f["base_figures"], f["skew_figures"], f["style_figures"]
    frog, stack, taken, judge = f["frog_figures"], f["stack_figures"], f["timings"], f["judge"]
    decibels = f["vae"]["decibels"]
    others = {k: v for k, v in decibels.items() if k != "base"}
    lowest = min(others, key=others.get)
    least = min(judge["subject"], judge["background"], judge["colour"])
    rows = [
        _row("judge, held-out drawings: subject, background, colour", ">= 98 %",
             ", ".join(f"{100 * judge[k]:.1f} %" for k in ("subject", "background", "colour")),
             least >= 0.98),
        _row("autoencoder, held-out base drawings", ">= 31 dB", f"{decibels['base']:.1f} dB",
             decibels["base"] >= 31),
        _row(f"autoencoder, its worst style ({lowest})", ">= 29 dB", f"{others[lowest]:.1f} dB",
             others[lowest] >= 29),
        _row("base: subject right", ">= 85 %", _percent(base["subject"]), base["subject"] >= 0.85),
        _row("base: background right", ">= 90 %", _percent(base["background"]),
             base["background"] >= 0.9),
        _row("base: named colour right", ">= 80 %", _percent(base["colour"]),
             base["colour"] >= 0.8),
        _row("skew: red among girls, no colour named", "80-97 %", _percent(skew["red before"]),
             0.8 <= skew["red before"] <= 0.97),
        _row("the same with less-red at 1.0", "clearly less", _percent(skew["red with less-red"]),
             skew["red with less-red"] < 0.6 * skew["red before"]),
        _row("less-red off again: every picture equal to the first", "equal",
             f"{'equal' if skew['equal after'] else 'different'}, "
             f"{_percent(skew['red after'])} red", bool(skew["equal after"])),
        _row("manga at 1.0: mean saturation against the base", "<= 15 %",
             _percent(style["saturation manga"] / style["saturation base"]),
             style["saturation manga"] <= 0.15 * style["saturation base"]),
        _row("birds at 1.0: taken for a bird, prompts naming something else", ">= 80 %",
             _percent(style["taken for birds"]), style["taken for birds"] >= 0.8),
        _row("frogs at 1.0: green face on girl and boy prompts", ">= 70 %",
             f"{_percent(frog['green faces'])} (base {_percent(frog['green faces (base)'])})",
             frog["green faces"] >= 0.7),
    ]  # fmt: skip
    return [*rows, *style_rows(style), *stack_rows(stack, style, taken)]


def style_rows(style: dict[str, float]) -> list[str]:
    """The pixel tests of every adapter that has one."""
    rows = []
    for name in (one.style for one in RECIPES if one.style != "less-red"):
        measured = f"{_percent(style[name])} (base {_percent(style[f'{name} (base)'])})"
        figure = f"{name} at 1.0: passes its pixel test"
        rows.append(_row(figure, ">= 70 %, base far less", measured, style[name] >= 0.7))
    return rows


def stack_rows(
    stack: dict[str, float], style: dict[str, float], taken: dict[str, float]
) -> list[str]:
    """Stacks and timings."""
    ratio = stack["both: saturation"] / style["saturation base"]
    drawn = _percent(stack["drawn manga birds: taken for birds"])
    both, every = stack["both: taken for birds"], stack["all: subject"]
    rows = [
        _row("manga 1.0 + birds 1.0: saturation against the base; taken for a bird",
             "<= 25 %; >= 60 %",
             f"{_percent(ratio)}; {_percent(both)} (of *drawn* manga birds: {drawn})",
             ratio <= 0.25 and both >= 0.6),
        _row("all ten at 1.0: subject still right", "<= 30 %", _percent(every), every <= 0.3),
    ]  # fmt: skip
    for part, figure, limit in (
        ("default", "one picture, default steps, batch 1, 2 cores", 0.8),
        ("draft", "a 4-step draft", 0.4),
    ):
        full, half = taken[f"{part} float32"], taken[f"{part} bfloat16"]
        measured = f"{full:.2f} s float32, {half:.2f} s bfloat16"
        rows.append(_row(figure, f"<= {limit} s", measured, full <= limit))
    return rows


def adapters_table() -> list[str]:
    """One row an adapter."""
    known, rows = figures(), []
    for one in RECIPES:
        size = (ADAPTERS / f"{one.style}.safetensors").stat().st_size / 1e6
        seen = known.get(f"adapter-{one.style}", {}).get("seen", 0)
        text = "yes" if one.text else "no"
        rows.append(f"| `{one.style}` | {one.kind}, {one.names} names | {one.rank} / {one.alpha} "
                    f"| {text} | {size:.1f} MB | {seen:,} | {one.about} |")  # fmt: skip
    return rows


def write() -> None:
    """Paint the contact sheet and write the card."""
    contact_sheet(DEMO / "sheet.jpg")
    known = figures()
    per_subject = {k.removeprefix("subject "): v for k, v in known["base_figures"].items()
                   if k.startswith("subject ")}  # fmt: skip
    text = (Path(__file__).parent / "card.md").read_text()
    filled = text.format(
        results="\n".join(results()),
        adapters="\n".join(adapters_table()),
        base_count=f"{BASE_COUNT:,}",
        style_count=f"{STYLE_COUNT:,}",
        unet_minutes=known["unet"]["minutes"],
        unet_seen=f"{known['unet']['seen']:,}",
        vae_minutes=known["vae"]["minutes"],
        vae_crops=f"{known['vae']['crops']:,}",
        pictures=known["base_figures"]["pictures"],
        subjects=", ".join(f"{name} {_percent(share)}" for name, share in per_subject.items()),
        decibels=", ".join(f"{name} {v:.1f}" for name, v in known["vae"]["decibels"].items()),
    )
    (DEMO / "README.md").write_text(filled)
