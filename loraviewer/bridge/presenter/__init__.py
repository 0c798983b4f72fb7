"""Presenting: what is on the stage, what comes next, and pictures of it beforehand."""
