"""The command line and the processor."""

import pytest

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
