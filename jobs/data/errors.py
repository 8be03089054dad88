"""Errors of mammo_tfds, which knows nothing of exit codes, as errors that have them."""

import contextlib
from collections.abc import Iterator

from jobs.common.errors import ConfigError, DataError
from jobs.config.study import Study


@contextlib.contextmanager
def convert_errors() -> Iterator[None]:
    """Turns what mammo_tfds raises about a release or its splits into DataError or ConfigError."""
    try:
        yield
    except ValueError as error:  # what all of them are
        # Not imported before: the readers of pixels take a while.
        from mammo_tfds.pixels.read import PixelError
        from mammo_tfds.release.contours import ContourError
        from mammo_tfds.release.release import ReleaseError
        from mammo_tfds.release.splits import SplitError

        if isinstance(error, SplitError):
            raise ConfigError(str(error)) from error
        if isinstance(error, ReleaseError | PixelError | ContourError):
            raise DataError(str(error)) from error
        raise


def too_few_patients(error: Exception, study: Study) -> ConfigError:
    """The error of a study that asks for more splits than there are patients."""
    data = study.data
    return ConfigError(
        f"{error}: set data.folds ({data.folds}) or data.test ({data.test}) lower; data.sick "
        f"({list(data.sick)}) says who is sick"
    )
