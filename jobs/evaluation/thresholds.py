"""The threshold: a case is called sick if its probability is at least this."""

import numpy as np
from sklearn.metrics import roc_curve

from jobs.evaluation.levels import Cases


def youden_threshold(cases: Cases) -> float:
    """The threshold with the largest sensitivity + specificity - 1 (Youden's J).

    A case is called sick if its probability is at least the threshold. Of several best thresholds
    it is the highest.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import Cases, youden_threshold
        >>> cases = Cases(
        ...     patient=np.array(["a", "b", "c", "d"]),
        ...     sick=np.array([True, True, False, False]),
        ...     probability=np.array([0.8, 0.3, 0.2, 0.1]),
        ... )
        >>> youden_threshold(cases)
        0.3
    """
    fpr, tpr, thresholds = roc_curve(cases.sick, cases.probability, drop_intermediate=False)
    best = 1 + np.argmax((tpr - fpr)[1:])  # the first threshold is infinite: it calls nobody sick
    return float(thresholds[best])
