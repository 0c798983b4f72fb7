"""The drawings paint without a window; tests of the window, in the same process, need more."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _window_application(qapp_cls, pytestconfig) -> object:
    """The application that can show widgets, before a drawing makes one that cannot."""
    return qapp_cls.instance() or qapp_cls([])
