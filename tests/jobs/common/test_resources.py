"""Threads, memory and processor time, as a container limits them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jobs.common import resources


@pytest.fixture(autouse=True)
def uncached():
    """The number of threads, which is cached, is found anew in each test."""
    resources.thread_count.cache_clear()
    yield
    resources.thread_count.cache_clear()


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(
    ("cpu_max", "threads"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("50000 100000\n", 1),  # 500m
        ("250000 100000\n", 3),
        ("150000 50000\n", 3),
        ("9900000 100000\n", 8),
    ],
)
def test_a_quota_of_cgroup_v2(tmp_path: Path, cpu_max: str, threads: int):
    """As many threads as the quota gives cores, rounded up, and at most as many as there are."""
    (tmp_path / "cpu.max").write_text(cpu_max)
    assert resources.thread_count(tmp_path) == threads


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(("quota", "threads"), [("-1", 8), ("50000", 1), ("350000", 4)])
def test_a_quota_of_cgroup_v1(tmp_path: Path, quota: str, threads: int):
    """The older files have the quota and the period in a file each."""
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert resources.thread_count(tmp_path) == threads


@pytest.mark.usefixtures("eight_cores")
def test_no_quota(tmp_path: Path):
    """Without a cgroup the affinity alone counts."""
    assert resources.thread_count(tmp_path) == 8


def test_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that is pinned to one core has one thread, whatever the quota."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    (tmp_path / "cpu.max").write_text("400000 100000\n")
    assert resources.thread_count(tmp_path) == 1


def test_this_machine():
    """Between one and the number of cores."""
    assert 1 <= resources.thread_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [("6000", "4500", 1800), ("6000", "6200", 100), ("6000", "9000", 0), ("max", "4500", None)],
)
def test_a_memory_limit_of_cgroup_v2(tmp_path: Path, limit: str, used: str, left: int | None):
    """What is left of the limit, inactive pages of files counted as free; never below 0."""
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text("anon 4000\nshmem 200\ninactive_file 300\n")
    assert resources.memory_left(tmp_path) == left


def test_a_memory_limit_of_cgroup_v1(tmp_path: Path):
    """The older files have other names."""
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/memory.limit_in_bytes").write_text("6000\n")
    (tmp_path / "memory/memory.usage_in_bytes").write_text("4500\n")
    (tmp_path / "memory/memory.stat").write_text("inactive_file 1\ntotal_inactive_file 300\n")
    assert resources.memory_left(tmp_path) == 1800


def test_no_memory_limit(tmp_path: Path):
    """Without a cgroup there is no limit."""
    assert resources.memory_left(tmp_path) is None


def test_peak_memory_is_in_bytes():
    """Python alone takes more than 5 MB, and a test less than 100 GB."""
    assert 5e6 < resources.watch_memory().peak() < 1e11


def test_each_watch_sees_its_own_peak():
    """Memory that was freed before is not counted: a process may run one stage after another."""
    if not os.access(resources._CLEAR, os.W_OK):
        pytest.skip("this system starts no peak anew")
    watch = resources.watch_memory()
    before = watch.peak()
    np.ones(25_000_000)
    assert watch.peak() > before + 150e6
    assert resources.watch_memory().peak() < before + 50e6


def test_where_the_peak_cannot_be_started_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is the peak since the process was started."""
    before = resources.watch_memory().peak()
    np.ones(25_000_000)
    monkeypatch.setattr(resources, "_CLEAR", tmp_path / "nowhere" / "clear_refs")
    assert resources.watch_memory().peak() > before + 150e6


def test_children_count_that_were_started_since():
    """A child's peak counts if it is larger; the children of an earlier stage do not."""
    code = """
import subprocess, sys
from jobs.common.resources import watch_memory

def child(megabytes):
    subprocess.run([sys.executable, "-c", f"b'1' * ({megabytes} * 10**6)"], check=True)

child(200)
watch = watch_memory()
print(watch.peak())
child(300)
print(watch.peak())
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before < 150e6 and 300e6 < after < 450e6


FAULTS = """
import resource, subprocess, sys
import numpy as np
from jobs.common import resources

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        [np.ones(17 * 10**6, np.uint8) for _ in range(4)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if len(sys.argv) > 1:
    resources.keep_freed_memory()
    faults()
    print(faults())
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", sys.orig_argv[2]], check=True)
else:
    faults()
    print(faults())
"""


def test_freed_memory_is_kept():
    """Arrays as large as images get no new pages, here and in a process that this one starts."""
    variables = {name: os.environ[name] for name in os.environ if "MALLOC" not in name}
    given = {"env": variables, "capture_output": True, "text": True}
    lines = []
    for more in ([], ["kept"]):
        command = [sys.executable, "-c", FAULTS, *more]
        done = subprocess.run(command, check=True, **given)
        lines += map(int, done.stdout.split())
    as_it_is, kept, started = lines
    assert as_it_is > 1000 > 100 > max(kept, started)


def test_gpus_are_the_devices_that_are_there(tmp_path: Path):
    """nvidia0 and so on are GPUs; nvidiactl and the others are the driver's own."""
    assert resources.gpu_count(tmp_path) == 0
    for name in ("nvidia0", "nvidia12", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert resources.gpu_count(tmp_path) == 2
