"""highdicom, which need not be installed: its one door."""

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from jobs.common.errors import ConfigError


def import_highdicom() -> ModuleType:
    """The package highdicom.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module("highdicom")
    except ImportError as error:
        raise ConfigError(
            "mammo predict --dicom writes DICOM objects, which needs highdicom: "
            "pip install 'mammo[dicom]'"
        ) from error


@contextmanager
def unspoken() -> Iterator[None]:
    """Silences the warnings within: highdicom and pydicom quote the values of tags, such as names.

    Values that the standard does not allow are emptied before (`jobs.predict.dicom.source`).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
