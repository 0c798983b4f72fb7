"""Prompts that leave something to the seed: `{red|blue}`, `{2::red|1::blue}`, `__colour__`.

The grammar is that of dynamicprompts, as far as it goes; which words come of it is our own rule.
"""
