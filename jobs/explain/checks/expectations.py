"""What each method is expected to do in each check, and why: written before anything was measured.

`docs/how-to/explanations.md` has the same table for readers; a test holds them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PASSES, FAILS, OPEN = "passes", "fails", "open"

RANDOM_LAYERS = "random_layers"
RANDOM_HEAD = "random_head"
PERMUTED_LABELS = "permuted_labels"
RANK_ONE = "rank_one"
OTHER_FOLDS = "other_folds"
OTHER_SEED = "other_seed"
POINTING = "pointing"
FAITHFUL = "faithful"

CHECKS: Mapping[str, str] = {
    RANDOM_LAYERS: "changes when all layers are random",
    RANDOM_HEAD: "changes when the head alone is random",
    PERMUTED_LABELS: "changes when the head was trained on permuted labels",
    RANK_ONE: "what is sent back depends on what was sent",
    OTHER_FOLDS: "the models of other folds draw the same",
    OTHER_SEED: "a head of another seed draws the same",
    POINTING: "points at lesions more often than every baseline",
    FAITHFUL: "its highest places move the probability more than every baseline's",
}
"""By the names in checks.json: what passing a check means."""


@dataclass(frozen=True)
class Expectation:
    """What is expected of a method in a check.

    Attributes:
        verdict: PASSES, FAILS or OPEN.
        why: the reason, a sentence.
    """

    verdict: str
    why: str


_MATRIX = (
    "Products of positive matrices converge to rank one (Sixt 2020): what later layers send back "
    "is soon forgotten, and the image's own edges remain."
)
_GUIDED = (
    "The ReLU on what flows back makes it forget the later layers (Nie 2018, Sixt 2020): it "
    "recovers the image."
)
_EXACT = "It is a function of the logit and of all weights, and forgets none of them."
_HEAD_READ = "It reads the head's own weights."
_HEAD_LOST = "What the head says reaches the input only as a factor."
_POSITIVE = (
    "The head's signed weights choose the start, but rank one makes every start arrive alike."
)
_FROZEN = (
    "All folds have the same frozen base, and heads of some four fifths common patients; but heads "
    "of few images are noisy."
)
_COARSE = "It is as coarse as the last layers' places, so it can point only at a region."
_NOISY = "Gradients of ReLU networks shatter: single pixels say little, and edges count most."
_DIRECT = "It is the test itself: it removes parts of the image, and looks at the logit."
_UNITS = "The head chooses the units and weighs their masks, but the masks are the base's."
_WEAK = "The model itself is weak: what its logit depends on need not be the lesion."


def _rows(verdicts: Mapping[str, tuple[str, str]]) -> Mapping[str, Expectation]:
    return {check: Expectation(*each) for check, each in verdicts.items()}


_FORGETFUL = {
    RANDOM_LAYERS: (FAILS, _GUIDED),
    RANDOM_HEAD: (FAILS, _HEAD_LOST),
    PERMUTED_LABELS: (FAILS, _HEAD_LOST),
    RANK_ONE: (FAILS, _GUIDED),
    OTHER_FOLDS: (PASSES, "For the wrong reason: it hardly depends on the head."),
    OTHER_SEED: (PASSES, "For the wrong reason: it hardly depends on the head."),
    POINTING: (OPEN, "As good as an edge filter, if it recovers the image."),
    FAITHFUL: (OPEN, _WEAK),
}
_TAYLOR = {
    **_FORGETFUL,
    RANDOM_LAYERS: (FAILS, _MATRIX),
    RANDOM_HEAD: (FAILS, _POSITIVE),
    PERMUTED_LABELS: (FAILS, _POSITIVE),
    RANK_ONE: (FAILS, _MATRIX),
}
_GRADIENT = {
    RANDOM_LAYERS: (PASSES, _EXACT),
    RANDOM_HEAD: (PASSES, _EXACT),
    PERMUTED_LABELS: (PASSES, _EXACT),
    RANK_ONE: (PASSES, _EXACT),
    OTHER_FOLDS: (FAILS, _NOISY),
    OTHER_SEED: (FAILS, _NOISY),
    POINTING: (FAILS, _NOISY),
    FAITHFUL: (PASSES, _EXACT),
}
_HEADWARD = {
    RANDOM_LAYERS: (PASSES, _HEAD_READ),
    RANDOM_HEAD: (PASSES, _HEAD_READ),
    PERMUTED_LABELS: (PASSES, _HEAD_READ),
    OTHER_FOLDS: (OPEN, _FROZEN),
    OTHER_SEED: (OPEN, _FROZEN),
    POINTING: (OPEN, _COARSE),
    FAITHFUL: (PASSES, _HEAD_READ),
}

EXPECTATIONS: Mapping[str, Mapping[str, Expectation]] = {
    "deconvnet": _rows(_FORGETFUL),
    "deep_taylor": _rows(_TAYLOR),
    "lrp": _rows(
        {
            **_TAYLOR,
            RANDOM_LAYERS: (OPEN, "Gamma is between LRP-0, a gradient, and z+, which forgets."),
        }
    ),
    "image_masking": _rows(
        {
            RANDOM_LAYERS: (PASSES, "Units of random layers are active at other places."),
            RANDOM_HEAD: (OPEN, _UNITS),
            PERMUTED_LABELS: (OPEN, _UNITS),
            OTHER_FOLDS: (PASSES, "Its masks are the base's, which the folds share."),
            OTHER_SEED: (PASSES, "Its masks are the base's, which the heads share."),
            POINTING: (OPEN, "Active units are where there is structure, lesion or not."),
            FAITHFUL: (PASSES, "It is the logit that is left of what it shows."),
        }
    ),
    "occlusion": _rows({**_HEADWARD, POINTING: (OPEN, _WEAK), FAITHFUL: (PASSES, _DIRECT)}),
    "gradient_times_input": _rows(_GRADIENT),
    "integrated_gradients": _rows(_GRADIENT),
    "deeplift": _rows(
        {
            **_GRADIENT,
            RANK_ONE: (PASSES, "The one modified backpropagation that does (Sixt 2020)."),
        }
    ),
    "grad_cam": _rows(_HEADWARD),
    "location_map": _rows(
        {**_HEADWARD, POINTING: (PASSES, "The contours taught it, and it is the score itself.")}
    ),
}
"""By the methods' names, then the checks'. A check that a method cannot have has no entry."""


def expected(method: str, check: str) -> Expectation | None:
    """What was expected; None where nothing was."""
    return EXPECTATIONS.get(method, {}).get(check)
