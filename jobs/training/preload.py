"""Imports what the processes of `mammo study` need, before they are forked from this one.

Importing TensorFlow takes nine seconds and 600 MB. Neither TensorFlow nor DALI has a thread before
its first operation, so a process may fork until then; each child starts its own threads. Python's
garbage collector does not look at what is imported here: it is off in this process, and `gc.freeze`
hides it from the children, which would otherwise copy the pages that they look at.
"""

import contextlib
import gc
import importlib
import signal
import sys

from jobs.model import tf_runtime

for number in (signal.SIGTERM, signal.SIGINT):  # the study gets them, too, and ends this process
    signal.signal(number, signal.SIG_IGN)
gc.disable()
# Keras imports pandas where it is installed, and with it pyarrow, which starts a thread.
sys.modules["pandas"] = None  # type: ignore[assignment]
with contextlib.suppress(Exception):  # the stage that needs it reports the error
    tf_runtime.import_tensorflow()
for name in (
    "evaluation.metrics",
    "model.checkpoint",
    "plots.figures",
    "training.loop",
    "views.batches",
):
    with contextlib.suppress(Exception):
        importlib.import_module(f"jobs.{name}")
del sys.modules["pandas"]
gc.freeze()
