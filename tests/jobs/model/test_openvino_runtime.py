"""OpenVINO: on which processors it may compute in int8, and how models are written."""

import pytest

from jobs.common.errors import ConfigError
from jobs.model import openvino_runtime


def test_an_old_processor_is_refused(tmp_path):
    """If products of bytes would overflow, int8 is exit 78, instead of other features."""
    (tmp_path / "cpuinfo").write_text("flags : fpu avx2\n")
    with pytest.raises(ConfigError, match=r"model.precision int8 needs a processor with .*vnni"):
        openvino_runtime.require_int8(tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("flags : fpu avx2 avx_vnni\n")
    openvino_runtime.require_int8(tmp_path / "cpuinfo")
