"""The type in which places are ranked."""

from pathlib import Path

import pytest

from jobs.model import tf_runtime
from jobs.training.together import rounding


@pytest.mark.parametrize(("flags", "name"), [("avx2 avx512_bf16", "bfloat16"), ("avx2", "float32")])
def test_bfloat16_is_for_processors_that_multiply_it(
    flags: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    """Others would take several times as long."""
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: f"flags : fpu {flags} sha\n")
    rounding.fast_dtype.cache_clear()
    assert rounding.fast_dtype() == getattr(tf_runtime.start(), name)
    rounding.fast_dtype.cache_clear()
