"""A local head's location maps, of the images that the model predicts."""

from collections.abc import Mapping

from jobs.config.names import BEST, LAST, TEST
from jobs.data.dataset import Dataset
from jobs.evaluation.predictions import weights_on_test
from jobs.model.location_maps import LocationMap
from jobs.model.shapes import layer_grid
from jobs.training.loop import Trainer
from jobs.training.place_inputs import PlaceInputs
from jobs.training.state import TrainingState
from jobs.views.geometry import view_geometry
from jobs.views.parameters import View, draw_parameters


def make_location_maps(
    trainer: Trainer, state: TrainingState, dataset: Dataset
) -> Mapping[str, LocationMap]:
    """The maps of the validation fold and the test set, with the weights of their figures.

    Those are the last of the validation fold, and on the test set those of `weights_on_test`.
    """
    training_set = trainer.training_set
    kinds = {LAST: state.weights, BEST: state.best}
    sets = {LAST: list(training_set.validation)}
    sets.setdefault(weights_on_test(training_set.name), []).extend(sorted(dataset.splits[TEST]))
    maps: dict[str, LocationMap] = {}
    for kind, ids in sets.items():
        trainer.model.set_weights(kinds[kind])
        maps |= {image_id: _map(trainer, image_id) for image_id in ids}
    return maps


def _map(trainer: Trainer, image_id: str) -> LocationMap:
    source, study = trainer.source, trainer.study
    assert isinstance(source, PlaceInputs)
    logits = trainer.model.place_logits_of_inputs([source.load([View(image_id, 0)], None)])
    places = source.features.places[image_id]
    untouched = draw_parameters(study.seed, image_id, 0, study.views)
    geometry = view_geometry(places.region, untouched, study.views)
    grid = layer_grid(geometry.size, study.model.layer)
    centres = geometry.to_image(grid.offset + grid.stride * places.grid_of(0)[:, ::-1])
    spacing = grid.stride / geometry.zoom
    return LocationMap(logits, centres.astype("float32"), (spacing, spacing))
