"""The command line and the processor."""

import pytest

from jobs import cli
from jobs.common.circumstances import command_line, processor_name


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["/opt/bin/mammo", "study"], "mammo study"),
        (["mammo", "train", "--root", "/home/someone/root"], "mammo train --root root"),
        (["mammo", "study", "--release=/data/INbreast 1"], "mammo study '--release=INbreast 1'"),
        (["mammo", "study", "--config", "a/study.yaml"], "mammo study --config a/study.yaml"),
    ],
)
def test_the_command_line_is_without_the_machine_s_folders(arguments, line):
    """Of an absolute path its last part; what a shell has to quote is quoted."""
    assert command_line(arguments) == line


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("predict --root R /in/DOE_JANE.dcm in/DOE --run a", "predict --root R ... --run a"),
        ("predict --watch /in/DOE --root R --run a", "predict --watch ... --root R --run a"),
        ("predict --watch=/in/DOE=J --root=/R --run a", "predict --watch=... --root=R --run a"),
        ("predict x --dicom /out/DOE --root R --run a", "predict ... --dicom ... --root R --run a"),
        ("recalibrate DOE.csv --root R --run a", "recalibrate ... --root R --run a"),
    ],
)
def test_what_may_name_a_person_is_hidden(monkeypatch, given, line):
    """The files, the folder that is watched, and cases: nothing of their names is recorded."""
    monkeypatch.setattr("jobs.common.circumstances._hidden", set())
    cli.parse(given.split())
    assert command_line(["mammo", *given.split()]) == f"mammo {line}"


def test_this_process_s_command_line():
    """By default."""
    assert command_line() and "/" not in command_line().split()[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 9654\nmodel name\t: other\n", "AMD EPYC 9654"),
        ("processor\t: 0\nModel\t\t: Raspberry Pi 4\n", "Raspberry Pi 4"),
    ],
)
def test_the_processor_is_the_one_that_linux_names(tmp_path, text, name):
    """The first of cpuinfo."""
    (tmp_path / "cpuinfo").write_text(text)
    assert processor_name(tmp_path / "cpuinfo") == name


def test_a_processor_without_a_name(tmp_path):
    """The kind of machine: x86_64, aarch64."""
    assert processor_name(tmp_path / "none").isidentifier()
