"""What the processes of a study have in common: imported once, before they are forked from it.

Importing TensorFlow takes nine seconds and 600 MB. It starts no thread before its first operation,
nor does DALI, so that a process may fork until then; each starts its own.
"""

import contextlib

import jobs.board
import jobs.checkpoint
import jobs.training
import jobs.viewing  # noqa: F401
from jobs import tf_runtime
from jobs.errors import ConfigError

with contextlib.suppress(ConfigError):  # the stage that needs it says so
    tf_runtime.imported()
