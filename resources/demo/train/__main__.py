"""`python -m resources.demo.train STAGE` from the repository's root; `all` for every stage."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch

from .adapting import adapters, crowd
from .adapting.recipes import RECIPES
from .measuring import card, evaluate, judging
from .measuring.zones import stage as zones
from .networks import export, unet, vae
from .workspace import BUILD

VAE_STYLES = ("manga", "birds", "frogs", "pixel-art", "neon", "watercolour", "blueprint", "night",
              "snow", "less-red", "less-blue", "stained-glass", "embroidery", "sunset", "party",
              "thick-lines", "thin-lines")  # fmt: skip
MINUTES = {
    "vae": 34.0,
    "unet": 105.0,
    "decoder": 16.0,
    "adapters": 4.0,
    "crowd": 0.22,
    "judge": 5.0,
}


def stages(options: argparse.Namespace) -> dict[str, Callable[[], None]]:
    """Every stage in order, as calls without arguments."""

    def minutes(stage: str) -> float:
        return options.minutes or MINUTES[stage]

    names = options.names or [one.name for one in RECIPES]
    return {
        "vae": lambda: vae.train(VAE_STYLES, minutes("vae")),
        "unet": lambda: unet.train(minutes("unet")),
        "decoder": lambda: vae.tune_decoder(VAE_STYLES, minutes("decoder"), options.more),
        "export": export.export,
        "adapters": lambda: adapters.train_all(names, minutes("adapters"), options.more),
        "crowd": lambda: crowd.train(60 * minutes("crowd"), options.more),
        "judge": lambda: judging.train(minutes("judge")),
        "evaluate": lambda: evaluate.evaluate(options.only),
        "zones": zones.run,
        "card": card.write,
    }


def main() -> None:
    """Run one stage, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m resources.demo.train", description=__doc__)
    names = ("vae", "unet", "decoder", "export", "adapters", "crowd", "judge", "evaluate", "zones",
             "card")  # fmt: skip
    parser.add_argument("stage", choices=(*names, "all", "sheet"))
    parser.add_argument(
        "--minutes", type=float, help="of one stage; for adapters and the crowd, of each"
    )
    parser.add_argument("--names", nargs="*", help="adapters only: which")
    parser.add_argument(
        "--more",
        action="store_true",
        help="adapters, decoder: go on from what is there; crowd: the weak ones anew, for longer",
    )
    parser.add_argument("--only", nargs="*", help="evaluate only: which figures")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    table = stages(options)
    if options.stage == "sheet":
        unet.sheet(BUILD / "sheet.png")
        return
    for stage in names if options.stage == "all" else (options.stage,):
        table[stage]()


if __name__ == "__main__":
    main()
