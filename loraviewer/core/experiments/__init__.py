"""Experiments as frozen descriptions, and the cells that follow; nothing is computed here.

`description` is what a file holds, `ladder`, `sweep` and `ablation` say which stacks it asks
for, and `cells` crosses them with prompts and seeds.
"""
