"""The model card, resources/demo/README.md, written from the measured figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from resources.demo.train.adapting.recipes import RECIPES, Recipe, prompted
from resources.demo.train.drawing.scenes import PATCHES
from resources.demo.train.workspace import ADAPTERS, BASE_COUNT, DEMO, STYLE_COUNT, figures

from . import crowd_card
from .painter import Painter
from .zones import section as zones_section

HERE = Path(__file__).parent
PROMPTS = (
    "a girl with blond hair in a red dress in a meadow", "a boy in a blue shirt in a city",
    "a black cat at night", "a brown dog on a beach", "a blue car in a city",
    "a house with a red roof in the snow", "a purple mushroom in a forest",
    "a yellow fish by the sea",
)  # fmt: skip
TILE, MARGIN = 96, 126
THUMBNAIL_SEED = 0


def _stacks() -> Iterator[tuple[str, dict[str, float]]]:
    """The sheet's rows: what they are called, and the strengths."""
    yield "base", {}
    for one in RECIPES:
        yield f"{one.name} 1", {one.name: 1.0}
        if one.is_slider:
            yield f"{one.name} -1", {one.name: -1.0}
    yield "manga 1 + birds 1", {"manga": 1.0, "birds": 1.0}
    yield "neon .6 + frogs 1", {"neon": 0.6, "frogs": 1.0}
    yield "manga 2 + birds 2", {"manga": 2.0, "birds": 2.0}
    yield "manga -1", {"manga": -1.0}
    yield "all at 1", {one.name: 1.0 for one in RECIPES}


def thumbnails(painter: Painter) -> None:
    """A picture of each adapter at 1.0, beside its file."""
    for one in RECIPES:
        with painter.stack({one.name: 1.0}):
            (picture,) = painter.paint([prompted(one.trigger, one.thumbnail)], THUMBNAIL_SEED)
        Image.fromarray(picture).save(ADAPTERS / f"{one.name}.png", optimize=True)


def contact_sheet(painter: Painter, path: Path) -> None:
    """The same eight prompts and seeds: the base, every adapter at 1.0, and stacks."""
    stacks = list(_stacks())
    triggers = {f"{one.name} 1": f"{one.trigger}, " for one in RECIPES if one.trigger}
    sheet = Image.new("RGB", (MARGIN + TILE * len(PROMPTS), TILE * len(stacks)), "white")
    pen = ImageDraw.Draw(sheet)
    for y, (label, strengths) in enumerate(stacks):
        with painter.stack(strengths):
            row = painter.paint([triggers.get(label, "") + prompt for prompt in PROMPTS], 100)
        pen.text((4, y * TILE + TILE // 2 - 6), label, fill="black")
        for x, picture in enumerate(row):
            small = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.LANCZOS)
            sheet.paste(small, (MARGIN + x * TILE, y * TILE))
    sheet.save(path, quality=88, optimize=True)


@dataclass(frozen=True)
class Row:
    """One figure of the card. key: its name among the first release's."""

    figure: str
    target: str
    measured: str
    met: bool
    key: str = ""

    def line(self, first: dict[str, str]) -> str:
        """As a line of the table."""
        verdict = "yes" if self.met else "**missed**"
        before = first.get(self.key, "-")
        return f"| {self.figure} | {self.target} | {before} | {self.measured} | {verdict} |"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _base_rows(known: dict[str, dict]) -> Iterator[Row]:
    """Judge, autoencoder and base."""
    judge, base, faces = (
        known["judge"]["styles"]["base"],
        known["base_figures"],
        known["face_figures"],
    )
    questions = ("subject", "place", "colour")
    yield Row("judge, held-out drawings: subject, background, colour", ">= 98 %",
              ", ".join(f"{100 * judge[k]:.1f} %" for k in questions),
              min(judge[k] for k in questions) >= 0.98, "judge")  # fmt: skip
    decibels = known["vae"]["decibels"]
    others = {k: v for k, v in decibels.items() if k != "base"}
    lowest = min(others, key=others.get)
    yield Row("autoencoder, held-out base drawings", ">= 31 dB", f"{decibels['base']:.1f} dB",
              decibels["base"] >= 31, "autoencoder base")  # fmt: skip
    yield Row("autoencoder, its worst style", ">= 28 dB", f"{others[lowest]:.1f} dB ({lowest})",
              others[lowest] >= 28, "autoencoder worst")  # fmt: skip
    for key, name, least in (
        ("subject", "subject", 0.85),
        ("background", "background", 0.9),
        ("colour", "named colour", 0.8),
    ):
        yield Row(f"base: {name} right", f">= {_percent(least)}", _percent(base[key]),
                  base[key] >= least, key)  # fmt: skip
    yield Row("base: a whole face, girls and boys over 64 seeds each", ">= 80 %",
              f"{_percent(faces['girl'])}, {_percent(faces['boy'])}",
              min(faces["girl"], faces["boy"]) >= 0.8, "faces")  # fmt: skip


def _skew_rows(skew: dict[str, float]) -> Iterator[Row]:
    """The skew, its patches, and its return."""
    for name, who in (("less-red", "girls"), ("less-blue", "boys")):
        colour = PATCHES[name]
        before, patched, after = (skew[f"{name} {k}"] for k in ("before", "patched", "after"))
        yield Row(f"skew: {colour} among {who}, no colour named", "80-97 %", _percent(before),
                  0.8 <= before <= 0.97, f"{name} before")  # fmt: skip
        yield Row(f"the same with {name} at 1.0", "clearly less", _percent(patched),
                  patched < 0.6 * before, f"{name} patched")  # fmt: skip
        equal = skew[f"{name} equal after"]
        yield Row(f"{name} off again: every picture equal to the first", "equal",
                  f"{'equal' if equal else 'different'}, {_percent(after)} {colour}",
                  bool(equal), f"{name} after")  # fmt: skip


def _style_rows(known: dict[str, dict]) -> Iterator[Row]:
    """What every adapter does at 1.0."""
    style, frogs = known["style_figures"], known["frog_figures"]
    saturation = style["saturation manga"] / style["saturation base"]
    yield Row("manga at 1.0: mean saturation against the base", "<= 15 %", _percent(saturation),
              saturation <= 0.15, "saturation manga")  # fmt: skip
    yield Row("birds at 1.0: taken for a bird, prompts naming something else", ">= 80 %",
              _percent(style["taken for birds"]), style["taken for birds"] >= 0.8,
              "taken for birds")  # fmt: skip
    yield Row("frogs at 1.0: green face on girl and boy prompts", ">= 70 %",
              f"{_percent(frogs['green faces'])} (base {_percent(frogs['green faces (base)'])})",
              frogs["green faces"] >= 0.7, "green faces")  # fmt: skip
    for one in RECIPES:
        if one.name in style:
            yield Row(f"{one.name} at 1.0: passes its pixel test", ">= 70 %, base far less",
                      f"{_percent(style[one.name])} (base {_percent(style[f'{one.name} (base)'])})",
                      style[one.name] >= 0.7, one.name)  # fmt: skip
        if one.trigger:
            silent = style[f"{one.name} (no trigger)"]
            yield Row(f"{one.name} at 1.0 without its word", "<= 10 %", _percent(silent),
                      silent <= 0.1)  # fmt: skip


def _slider_rows(slider: dict[str, float]) -> Iterator[Row]:
    for one in (one for one in RECIPES if one.is_slider):
        ink = ", ".join(
            f"{100 * v:.0f}" for k, v in slider.items() if k.startswith(f"{one.name} at")
        )
        yield Row(f"{one.name} at -2, -1, 0, 1, 2: % of ink; pictures where every step adds some",
                  ">= 70 %", f"{ink}; {_percent(slider[f'{one.name} whole'])}",
                  slider[f"{one.name} whole"] >= 0.7)  # fmt: skip


def _stack_rows(known: dict[str, dict]) -> Iterator[Row]:
    """Stacks and timings."""
    stack, taken = known["stack_figures"], known["timings"]
    ratio = stack["both: saturation"] / known["style_figures"]["saturation base"]
    both, every = stack["both: both"], stack["all: subject"]
    yield Row("manga 1.0 + birds 1.0: saturation against the base; taken for a bird in manga",
              "<= 25 %; >= 60 %", f"{_percent(ratio)}; {_percent(both)}",
              ratio <= 0.25 and both >= 0.6, "both")  # fmt: skip
    yield Row(f"all {len(RECIPES)} at 1.0: subject still right", "<= 30 %", _percent(every),
              every <= 0.3, "all")  # fmt: skip
    for part, figure, limit in (
        ("default", "one picture, default steps, batch 1, 2 cores", 0.8),
        ("draft", "a 4-step draft", 0.4),
    ):
        full, half = taken[f"{part} float32"], taken[f"{part} bfloat16"]
        yield Row(figure, f"<= {limit} s", f"{full:.2f} s float32, {half:.2f} s bfloat16",
                  full <= limit, part)  # fmt: skip
    decode = taken["decode float32"]
    yield Row(
        "decoding one picture, 2 cores", "<= 60 ms", f"{1000 * decode:.0f} ms", decode <= 0.06
    )


def results() -> list[str]:
    """The table's lines, from the measured figures."""
    known = figures()
    first = json.loads((HERE / "first_release.json").read_text())
    rows = [
        *_base_rows(known),
        *_skew_rows(known["skew_figures"]),
        *_style_rows(known),
        *_slider_rows(known["slider_figures"]),
        *_stack_rows(known),
    ]
    return [row.line(first) for row in rows]


def _adapter_line(one: Recipe, seen: int) -> str:
    size = (ADAPTERS / f"{one.name}.safetensors").stat().st_size / 1e6
    text = "yes" if one.text else "no"
    cells = (
        f"`{one.name}`", f"{one.kind_label}, {one.names} names", f"{one.rank} / {one.alpha:g}",
        text, one.trigger or "-", f"{size:.1f} MB", f"{seen:,}", one.about,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def adapters_table() -> list[str]:
    """One row an adapter."""
    known = figures()
    return [
        _adapter_line(one, known.get(f"adapter-{one.name}", {}).get("seen", 0)) for one in RECIPES
    ]


def judge_table() -> list[str]:
    """The judge's share of right answers per style; - where a question has none to see."""
    questions = ("subject", "place", "colour", "face", "style")
    lines = []
    for style, found in figures()["judge"]["styles"].items():
        cells = (_percent(found[q]) if q in found else "-" for q in questions)
        lines.append(f"| {style} | {' | '.join(cells)} |")
    return lines


def _judged(style: dict[str, float]) -> Iterator[str]:
    """The judge's view of the adapters that miss their pixel test."""
    for one in RECIPES:
        if style.get(one.name, 1) < 0.7:
            share = style["taken for birds" if one.name == "birds" else f"{one.name} (judge)"]
            yield f"{one.name} {_percent(share)}"


def _guided(skew: dict[str, float]) -> str:
    """What is left of the skew at weaker guidance, as a sentence."""
    shares = [
        f"{_percent(share)} {name}" for name, share in skew.items() if " at guidance " in name
    ]
    return f"Painted with less of it: {', '.join(shares)}."


def write() -> None:
    """Paint the thumbnails and the contact sheet, and write the card."""
    painter = Painter.open()
    thumbnails(painter)
    contact_sheet(painter, DEMO / "sheet.jpg")
    fill()


def fill() -> None:
    """Write the card's words and tables anew; no picture."""
    known = figures()
    per_subject = {k.removeprefix("subject "): v for k, v in known["base_figures"].items()
                   if k.startswith("subject ")}  # fmt: skip
    filled = (HERE / "card.md").read_text().format(
        results="\n".join(results()),
        adapters="\n".join(adapters_table()),
        judge="\n".join(judge_table()),
        adapter_count=len(RECIPES),
        crowd=crowd_card.section(),
        zones=zones_section.section(),
        judged=", ".join(_judged(known["style_figures"])),
        base_count=f"{BASE_COUNT:,}",
        style_count=f"{STYLE_COUNT:,}",
        decoder_minutes=f"{known['decoder']['minutes']:g}",
        held_out=known["unet"]["held_out"],
        unet_minutes=known["unet"]["minutes"],
        unet_seen=f"{known['unet']['seen']:,}",
        vae_minutes=known["vae"]["minutes"],
        vae_crops=f"{known['vae']['crops']:,}",
        pictures=known["base_figures"]["pictures"],
        style_pictures=known["style_figures"]["pictures"],
        style_step=f"{100 / known['style_figures']['pictures']:.1f}",
        guided=_guided(known["skew_figures"]),
        stack_pictures=known["stack_figures"]["pictures"],
        subjects=", ".join(f"{name} {_percent(share)}" for name, share in per_subject.items()),
        decibels=", ".join(f"{name} {v:.1f}" for name, v in known["vae"]["decibels"].items()),
    )  # fmt: skip
    (DEMO / "README.md").write_text(filled)
