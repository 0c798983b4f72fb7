"""Timings, run by hand on an idle machine: `python -m tests.bench`."""

from loraviewer.__main__ import prepare_process

prepare_process()
