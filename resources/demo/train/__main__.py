"""`python -m resources.demo.train STAGE` from the repository's root; `all` for every stage."""

from __future__ import annotations

import argparse

import torch

from . import unet, vae
from .workspace import BUILD

VAE_STYLES = ("manga", "birds", "frogs", "pixel-art", "neon", "watercolour", "blueprint", "night",
              "snow", "less-red", "stained-glass", "embroidery")  # fmt: skip


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(prog="python -m resources.demo.train", description=__doc__)
    parser.add_argument("stage", choices=("vae", "unet", "sheet"))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--styles", nargs="*", default=VAE_STYLES)
    parser.add_argument("--compile", action="store_true", help="use torch.compile (needs g++)")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    if options.stage == "vae":
        vae.train(tuple(options.styles), options.minutes or 14, options.compile)
    elif options.stage == "unet":
        unet.train(options.minutes or 65, options.compile)
    else:
        unet.sheet(BUILD / "sheet.png")


if __name__ == "__main__":
    main()
