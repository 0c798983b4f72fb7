import pytest

from loraviewer import qt_check


def test_missing_libraries_come_with_their_apt_line():
    sentence = qt_check.sentence(["libxcb-cursor.so.0", "libEGL.so.1"])
    assert sentence is not None
    assert "libxcb-cursor.so.0" in sentence
    assert sentence.endswith("sudo apt-get install -y libegl1 libxcb-cursor0")


def test_nothing_missing_is_no_problem():
    assert qt_check.sentence([]) is None
    assert qt_check.problem({"QT_QPA_PLATFORM": "offscreen"}) is None


def test_a_library_that_qt_fails_to_import_is_named(monkeypatch):
    def fail(name: str) -> None:
        raise ImportError("libEGL.so.1: cannot open shared object file: No such file")

    monkeypatch.setattr(qt_check.importlib, "import_module", fail)
    problem = qt_check.problem({})
    assert problem is not None
    assert "libegl1" in problem


@pytest.mark.skipif("not __import__('sys').platform.startswith('linux')")
def test_without_a_screen_the_command_line_is_offered():
    problem = qt_check.problem({})
    assert problem is not None
    assert "loraviewer render" in problem


@pytest.mark.skipif("not __import__('sys').platform.startswith('linux')")
def test_libraries_of_the_x11_plugin_are_checked_before_qt_aborts(monkeypatch):
    monkeypatch.setattr(qt_check, "_loads", lambda name: name != "libxcb-cursor.so.0")
    problem = qt_check.problem({"DISPLAY": ":0"})
    assert problem is not None
    assert "apt-get install -y libxcb-cursor0" in problem
