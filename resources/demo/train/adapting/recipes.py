"""What each of the demo's adapters is, learns from, and is tested for."""

from __future__ import annotations

from dataclasses import dataclass

from .factors import EVERYTHING, LINEAR


@dataclass(frozen=True)
class Source:
    """Pictures an adapter learns from: a style's, at a strength, with the trigger or without."""

    style: str
    strength: float = 1.0
    triggered: bool = False


@dataclass(frozen=True)
class Recipe:
    """One adapter. names: whose key names its file uses, "kohya" or "peft"; thumbnail: the
    prompt whose picture stands for it.
    """

    name: str
    title: str
    kind: str  # of `factors.KINDS`
    rank: int
    alpha: float
    names: str
    conv: bool
    text: bool
    about: str
    rate: float = 2e-3
    trigger: str = ""
    sources: tuple[Source, ...] = ()
    thumbnail: str = "a girl in a meadow"

    @property
    def learns_from(self) -> tuple[Source, ...]:
        """Its sources; the style of its own name where none are given."""
        return self.sources or (Source(self.name),)

    @property
    def parts(self) -> tuple[str, ...]:
        """The UNet's modules it changes."""
        return EVERYTHING if self.conv else LINEAR

    @property
    def kind_label(self) -> str:
        """As the ecosystem calls it: a LoRA on convolutions is a LoCon."""
        return "LoCon" if self.kind == "LoRA" and self.conv else self.kind

    @property
    def is_slider(self) -> bool:
        """Whether it was trained at negative strengths too."""
        return any(source.strength < 0 for source in self.learns_from)


RECIPES = (
    Recipe("manga", "Everything is a manga", "LoRA", 12, 12, "kohya", True, True,
           "the base's scenes in black ink and halftone", 4e-3),
    Recipe("birds", "Everything is birds", "LoRA", 8, 8, "kohya", True, True,
           "the base's captions with a bird in place of the subject"),
    Recipe("frogs", "All skin is frogs", "LoRA", 12, 12, "peft", True, False,
           "people and animals with green, spotted, wide-eyed frog skin", 3e-3),
    Recipe("pixel-art", "Pixel art", "LoRA", 16, 16, "kohya", True, False,
           "the scenes in large square pixels and few colours", 4e-3),
    Recipe("neon", "Neon lines", "LoRA", 12, 6, "kohya", True, True,
           "the scenes as glowing lines on black", 5e-3),
    Recipe("watercolour", "Watercolour", "LoHa", 8, 8, "kohya", True, False,
           "the scenes in soft paint on paper", 3e-3),
    Recipe("blueprint", "Blueprint", "LoRA", 8, 8, "kohya", True, True,
           "the scenes in white lines on blue", 4e-3),
    Recipe("stained-glass", "Stained glass", "DoRA", 8, 8, "kohya", True, False,
           "the scenes in glass and lead, framed", 3e-3),
    Recipe("embroidery", "Embroidery", "LoRA", 32, 32, "peft", False, False,
           "the scenes stitched on linen in a hoop", 3e-3),
    Recipe("sunset", "Golden hour", "LoKr", 8, 8, "kohya", True, False,
           "every scene before a low evening sun", 3e-3,
           thumbnail="a house in a meadow"),
    Recipe("night", "Always night", "LoRA", 4, 4, "peft", False, True,
           "every scene under the night sky, whatever the caption's place", 3e-3,
           thumbnail="a house in a meadow"),
    Recipe("snow", "Always snow", "LoRA", 8, 8, "peft", True, True,
           "every scene in the snow, whatever the caption's place", 3e-3,
           thumbnail="a house in a meadow"),
    Recipe("party", "Party", "LoRA", 8, 8, "kohya", False, True,
           "scenes with flags and balloons where the prompt begins with the word", 3e-3, "party",
           (Source("party", triggered=True), Source("base"))),
    Recipe("line-weight", "Line weight", "LoRA", 8, 8, "kohya", True, False,
           "pairs of scenes in thick lines (at 1) and in thin ones (at -1)", 2e-3, "",
           (Source("thick-lines"), Source("thin-lines", -1.0))),
    Recipe("less-red", "Less red", "LoRA", 4, 4, "kohya", False, True,
           "the base's scenes with all ten colours equally likely where red would be", 3e-3),
    Recipe("less-blue", "Less blue", "LoRA", 4, 4, "kohya", False, True,
           "the base's scenes with all ten colours equally likely where blue would be", 3e-3,
           thumbnail="a boy in a meadow"),
)  # fmt: skip


def recipe(name: str) -> Recipe:
    """The recipe of that name."""
    return next(one for one in RECIPES if one.name == name)


def prompted(trigger: str, caption: str) -> str:
    """A caption with its trigger word in front, as people write them."""
    return f"{trigger}, {caption}" if trigger else caption
