"""A report says what is needed, and not whose computer it is."""

from pathlib import Path

from loraviewer.core.bug_report import bug_report


def test_versions_base_and_the_end_of_the_log(tmp_path: Path):
    log = tmp_path / "loraviewer.log"
    lines = [f"line {number} of {tmp_path}/models/x.safetensors" for number in range(5000)]
    log.write_text("\n".join(lines))
    told = bug_report({"loraviewer": "1.2", "torch": "2.13"}, None, log, tmp_path)
    assert told.startswith("loraviewer: 1.2\ntorch: 2.13\n")
    assert "base: none" in told
    assert told.rstrip().endswith("line 4999 of ~/models/x.safetensors")
    assert "line 4800 " in told
    assert "line 4700 " not in told
    assert str(tmp_path) not in told


def test_a_log_that_cannot_be_read_is_told(tmp_path: Path):
    assert "cannot be read" in bug_report({}, None, tmp_path / "none.log", tmp_path)
    assert "There is no log." in bug_report({}, None, None, tmp_path)


def test_broken_text_is_no_reason_to_fail(tmp_path: Path):
    log = tmp_path / "log"
    log.write_bytes(b"\xff\xfe broken \x00 end")
    assert "end" in bug_report({}, None, log, tmp_path)
