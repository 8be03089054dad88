"""The scores and maps of new images."""

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.evaluation.predictions import read_predictions
from jobs.model.location_maps import read_location_maps
from jobs.predict.score import Scorer
from mammo_tfds.pixels.read import read_pixels


def test_a_local_head_gives_its_maps(trained_root):
    """Probability and map of a test image are those that training has kept of it."""
    folder = open_run(trained_root, "local").folder.model("fold0").folder
    tested = {
        row.image_id: row.probability
        for row in read_predictions(folder / "predictions.csv")
        if (row.split, row.weights) == ("test", "best")
    }
    image, probability = min(tested.items())
    (path,) = (trained_root.parent / "release/AllDICOMs").glob(f"{image}_*")
    scorer = Scorer(open_run(trained_root, "local"), ["fold0"], with_maps=True)
    found = scorer.score(read_pixels(path, "first", pytest.fail))
    assert found.probabilities[0] == pytest.approx(probability, abs=1e-6)
    kept = read_location_maps(folder / "location_maps.npz")[image]
    assert found.location_map
    np.testing.assert_allclose(found.location_map.logits, kept.logits, atol=2e-3)
    np.testing.assert_allclose(found.location_map.centres, kept.centres, atol=1e-3)
    assert found.location_map.spacing == pytest.approx(kept.spacing)
