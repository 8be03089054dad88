"""The models of a run as an ONNX model."""

import sys

import pytest

from jobs.common.errors import ConfigError
from jobs.export.onnx_model import read_onnx, write_onnx


def test_it_computes_what_the_models_do(exported, tmp_path):
    """From views, and places of a local head, the logits of all models, by ONNX Runtime."""
    write_onnx(exported.ensemble, tmp_path / "model.onnx")
    found = read_onnx(tmp_path / "model.onnx")(exported.views, exported.breast)
    assert found == pytest.approx(exported.logits, abs=1e-3)  # float16 features, other sums


def test_without_the_extra(monkeypatch, tmp_path):
    """Exit 78, with the extra that is missing."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"needs onnxruntime: pip install 'mammo\[onnx\]'"):
        write_onnx(None, tmp_path / "model.onnx")  # type: ignore[arg-type]
