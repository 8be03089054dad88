"""What the machine that runs the tests can do."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.model import openvino_runtime


def _refused() -> str:
    """Why int8 is not computed here; nothing where it is."""
    try:
        openvino_runtime.require_int8()
    except ConfigError as error:
        return str(error)
    return ""


needs_int8 = pytest.mark.skipif(bool(_refused()), reason=_refused() or "int8 is computed here")
needs_gpu = pytest.mark.skipif(
    not any(Path("/dev").glob("nvidia[0-9]*")), reason="there is no GPU here"
)
