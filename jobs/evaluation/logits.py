"""The logits of probabilities, which float32 heads may have rounded to 0 or 1."""

import numpy as np
from scipy.special import logit

from jobs.common.types import Floats

_CLIP = 1e-7  # a float32 head can say 0 or 1, which has no logit


def logits(probability: Floats) -> Floats:
    """log(p / (1 - p)) of each probability, (N,), between -16.1 and 16.1."""
    return logit(np.clip(probability, _CLIP, 1 - _CLIP))
