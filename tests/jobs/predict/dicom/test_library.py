"""The door to highdicom."""

import sys
import warnings

import pytest

from jobs.common.errors import ConfigError
from jobs.predict.dicom.library import import_highdicom, unspoken


def test_without_it(monkeypatch):
    """Exit 78 that names the extra."""
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(ConfigError, match=r"pip install 'mammo\[dicom\]'"):
        import_highdicom()


def test_warnings_are_not_spoken(recwarn):
    """They may quote a patient's tags; other warnings are as before."""
    with unspoken():
        warnings.warn("Doe^Jane", stacklevel=1)
    assert not recwarn.list
    warnings.warn("other", stacklevel=1)
    assert len(recwarn.list) == 1
