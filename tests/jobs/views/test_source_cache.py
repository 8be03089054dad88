"""Reduced images: made once for all processes and models of a machine, and let go in the end."""

import secrets
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from jobs.common.errors import StoppedError
from jobs.common.progress import Watch, silent
from jobs.config.sections import ViewsConfig
from jobs.local.manifests.pod import Step
from jobs.local.process_pool import ProcessPool
from jobs.views.shared_segment import MEMORY
from jobs.views.source import ImageReducer
from jobs.views.source_cache import CACHE, sources_recipe
from tests.jobs.local.pool_steps import PRELOAD
from tests.jobs.views.segment_holders import CountedDataset, call, study_of

DECODED = "train: images decoded"
WAITING = "train: waiting for a process that decodes"


@pytest.fixture
def name():
    """The name of a dataset of no other test; its images are let go at the end."""
    yield secrets.token_hex(8)
    CACHE.release()


def segments(name: str, **views: object) -> list[Path]:
    """The segments of a dataset in memory."""
    recipe = sources_recipe(study_of(**views), CountedDataset(name))
    return list(MEMORY.glob(f"*{recipe.key}"))


def test_the_models_of_a_process_decode_once(name):
    """Whatever is trained next on the same images finds them, as they would be made."""
    dataset, told = CountedDataset(name), []
    first = CACHE.images(study_of(), dataset, lambda *given: told.append(given))
    assert told == [(DECODED, number, 3) for number in range(4)]
    again = CACHE.images(study_of(healthy=3), CountedDataset(name), told.append)
    assert again is first
    made = ImageReducer(study_of().views)
    for image in dataset.images:
        expected = made.reduce(dataset.pixels(image))
        assert np.array_equal(first[image.image_id].pixels, expected.pixels)
        assert first[image.image_id].window == expected.window


def test_other_images_take_the_place_of_the_first(name):
    """A process holds the images of one dataset at a time, in a segment with a name of its own."""
    other = name[::-1]
    first = CACHE.images(study_of(), CountedDataset(name), silent)
    assert segments(name) and not segments(other)
    second = CACHE.images(study_of(), CountedDataset(other), silent)
    assert segments(other) and not segments(name)
    assert not np.array_equal(first["1"].pixels, second["1"].pixels)
    CACHE.release()
    assert not segments(other)


def test_processes_of_a_node_decode_once(name):
    """Of four models in two processes, one decodes; all get the same; nothing is left."""
    told = []
    steps = [Step(f"train {fold}", None, (name,)) for fold in range(4)]

    def watch(step: Step) -> Watch:
        return lambda *given: told.append(given)

    with ProcessPool(2, PRELOAD) as pool:
        results = [ended.result for ended in pool.run(steps, call, watch)]
        assert segments(name)
    assert sorted(decoded for decoded, _ in results) == [[], [], [], ["1", "2", "3"]]
    assert len({total for _, total in results}) == 1
    assert [given for given in told if given[0] != WAITING] == [(DECODED, n, 3) for n in range(4)]
    assert not segments(name)


def test_a_stopped_study_leaves_nothing(name):
    """SIGTERM to its processes: they let go as they end."""
    with pytest.raises(StoppedError), ProcessPool(1, PRELOAD) as pool:
        for ended in pool.run([Step("train 0", None, (name,))], call, lambda step: silent):
            assert ended.result and segments(name)
            raise StoppedError("stopped by SIGTERM")
    assert not segments(name)


SETTINGS = {  # another value than the default, and whether reduced images depend on it
    "size": ((80, 75), True),
    "frame": ("breast", False),
    "region": ("image", True),
    "window": ((2.0, 99.0), True),
    "crop": (0.2, True),
    "healthy": (3, False),
    "sick": (4, False),
    "flip": (0.1, False),
    "contrast": (0.5, False),
    "brightness": (0.5, False),
    "noise": (0.5, False),
    "select": ("cc", False),
    "rotation": (5.0, False),
    "elastic": (0.05, False),
    "mirror": (True, True),
}


@pytest.mark.parametrize("name", [field.name for field in fields(ViewsConfig)])
def test_what_reduced_images_depend_on_is_in_their_key(name):
    """A setting changes the key where it changes the reduced image, and only there."""
    value, other = SETTINGS[name]
    image = np.random.default_rng(0).integers(1000, 4096, (300, 250), np.uint16)
    image[:, :100] = 0  # a breast at the right
    studies = study_of(), study_of(**{name: value})
    one, another = (ImageReducer(study.views).reduce(image) for study in studies)
    keys = {sources_recipe(study, CountedDataset("any")).key for study in studies}
    same = np.array_equal(one.pixels, another.pixels) and one.window == another.window
    assert (len(keys) == 2) == other == (not same)


STOPPED = """
import sys
from jobs.common import supervisor
from jobs.views.source_cache import CACHE
from jobs.common.progress import silent
from tests.jobs.views.segment_holders import CountedDataset, study_of
CACHE.images(study_of(), CountedDataset(sys.argv[1]), silent)
supervisor.exit_stopped()
"""


def test_a_stopped_process_leaves_nothing(name):
    """It does not end as Python does, which would let go."""
    command = [sys.executable, "-c", STOPPED, name]
    assert subprocess.run(command, cwd=Path(__file__).parents[3], check=False).returncode == 75
    assert segments(name) == []
