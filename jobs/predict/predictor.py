"""All that is loaded to predict new images, at the first of them, and used for all."""

from dataclasses import dataclass
from functools import cached_property

from jobs.artifacts.plan import NothingToMake
from jobs.artifacts.run import Run
from jobs.predict.calibration import Calibration, read_calibration
from jobs.predict.reference_plan import Familiarity, ReferenceSource
from jobs.predict.score import Scorer, fold_models
from jobs.predict.site import Site


@dataclass
class Predictor:
    """A run's models, with what its figures and training images say.

    Attributes:
        run: whose models.
        maps: whether location maps are made, where the head is local.
        reference: of the training images, or why there is none.
        site: where probabilities are those of a site, its calibration.
    """

    run: Run
    maps: bool
    reference: ReferenceSource | NothingToMake
    site: Site | None = None

    @cached_property
    def scorer(self) -> Scorer:
        """The models of the folds."""
        return Scorer(self.run, fold_models(self.run), self.maps)

    @cached_property
    def calibration(self) -> Calibration:
        """What the run's figures say of their scores."""
        return read_calibration(self.run, self.scorer.models)

    @cached_property
    def familiarity(self) -> Familiarity | None:
        """How far images are from the training images; None where it cannot be told."""
        if isinstance(self.reference, NothingToMake):
            return None
        return Familiarity(self.run, self.reference)
