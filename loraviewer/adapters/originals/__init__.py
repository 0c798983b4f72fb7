"""How the original code of each architecture names and lays out weights that diffusers names its
own way: one file per architecture, listed in `layouts`, read by names of adapters and by files."""
