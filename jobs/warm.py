"""What the processes of a study have in common: imported once, before they are forked from it.

Importing TensorFlow takes nine seconds and 600 MB. It starts no thread before its first operation,
nor does DALI, so that a process may fork until then; each starts its own. What is imported here is
not looked through for garbage: not by this process, nor, as `gc.freeze` has it, by the others, who
would copy the pages that they look at.
"""

import contextlib
import gc
import importlib

from jobs import tf_runtime
from jobs.errors import ConfigError

gc.disable()
with contextlib.suppress(ConfigError):  # the stage that needs it says so
    tf_runtime.imported()
for name in ("checkpoint", "metrics", "plots", "training", "viewing"):
    importlib.import_module(f"jobs.{name}")
gc.freeze()
