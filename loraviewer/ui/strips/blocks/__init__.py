"""Strengths of an adapter in single blocks: drawn, painted, and marked on its strip."""
