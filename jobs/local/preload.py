"""What the processes of a study have in common: imported once, before they are forked from it.

Importing TensorFlow takes nine seconds and 600 MB. It has no thread before its first operation,
nor has DALI, so that a process may fork until then; each starts its own. What is imported here is
not looked through for garbage: not by this process, nor, as `gc.freeze` has it, by the others, who
would copy the pages that they look at.
"""

import contextlib
import gc
import importlib
import signal

from jobs.model import tf_runtime

for number in (signal.SIGTERM, signal.SIGINT):  # it ends with the study, which has them, too
    signal.signal(number, signal.SIG_IGN)
gc.disable()
with contextlib.suppress(Exception):  # the stage that needs it says what is wrong
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
gc.freeze()
