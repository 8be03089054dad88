"""The line that a container leaves behind, and that nothing else is ever written."""

from pathlib import Path

import pytest

from jobs.common.termination_message import VARIABLE, leave_termination_message

LINE = "mammo: INbreast.csv:14: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '7'\n"


def test_where_kubernetes_has_mounted_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It holds the last line alone, of at most 4096 bytes, which is what Kubernetes keeps."""
    log = tmp_path / "termination-log"
    log.write_text("of another process, and longer than what comes in its place" * 5)
    monkeypatch.setenv(VARIABLE, str(log))
    leave_termination_message(LINE)
    assert log.read_text() == LINE
    leave_termination_message("x" * 5000)
    assert log.stat().st_size == 4096


def test_anywhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """On a workstation no file is made, and a file that nobody named is left alone."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    leave_termination_message(LINE)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "termination-log"))
    leave_termination_message(LINE)
    monkeypatch.setenv(VARIABLE, str(tmp_path))  # no file at all
    leave_termination_message(LINE)
    assert list(tmp_path.iterdir()) == []
