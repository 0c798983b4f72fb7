"""Hypothesis' doubts about a test, all of them: for long tests that are slow by design."""

from collections.abc import Sequence

from hypothesis import HealthCheck

# its metaclass filters the members and so hides what they are
ALL: Sequence[HealthCheck] = tuple(HealthCheck)  # pyright: ignore[reportAssignmentType]
