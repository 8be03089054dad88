"""A new image gets the scores that the run's models have in their predictions, of each kind."""

from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.config.names import BEST, TEST
from jobs.evaluation.predictions import read_predictions, select
from jobs.model.location_maps import read_location_maps
from jobs.predict.score import RawScores, Scorer
from mammo_tfds.pixels.read import read_pixels


def score_some(root: Path, run: str, with_maps: bool = False) -> dict[str, tuple[RawScores, float]]:
    """Of some test images, fold 0's scores of the release's files, and those of its training."""
    opened = open_run(root, run)
    rows = read_predictions(opened.folder.model("fold0").folder / "predictions.csv")
    scorer = Scorer(opened, ["fold0"], with_maps)
    found = {}
    for row in select(rows, weights=BEST, split=TEST)[:3]:
        (path,) = (root.parent / "release" / "AllDICOMs").glob(f"{row.image_id}_*")
        pixels = read_pixels(path, opened.study.data.window, print)
        found[row.image_id] = scorer.score(pixels), row.probability
    return found


@pytest.mark.parametrize("name", ["averaged", "scratch", "unfrozen"])
def test_it_is_the_training_s_own(trained_root: Path, name: str):
    """From the release's file, without dataset and features: base, head and weights."""
    for found, expected in score_some(trained_root, name).values():
        assert found.probabilities == pytest.approx([expected], abs=1e-6)
        assert found.calcifications is None and found.location_map is None


def test_so_is_a_local_head_s_map(trained_root: Path):
    """The same places in the image's pixels, the same logits there, the same probability."""
    folder = open_run(trained_root, "local").folder.model("fold0").folder
    maps = read_location_maps(folder / "location_maps.npz")
    for image, (found, expected) in score_some(trained_root, "local", with_maps=True).items():
        assert found.probabilities == pytest.approx([expected], abs=1e-6)
        assert found.location_map
        assert np.array_equal(found.location_map.centres, maps[image].centres)
        assert found.location_map.spacing == pytest.approx(maps[image].spacing)
        assert found.location_map.logits == pytest.approx(maps[image].logits, abs=1e-4)
