"""Machines that tests pretend to run on."""

import pytest

GIB = 2**30


def make_roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretends eight cores with 64 GiB free, and no GPU."""
    monkeypatch.setattr("jobs.common.resources.thread_count", lambda: 8)
    monkeypatch.setattr("jobs.common.resources.memory_available", lambda: 64 * GIB)
    monkeypatch.setattr("jobs.common.resources.gpu_count", lambda: 0)
