"""A whole phantom population, rendered once in a small size for all tests."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mammo_tfds.phantom.population import Exposure, make_population
from mammo_tfds.phantom.render import Picture, render

SEED = 20
SMALL = (128, 104)


@pytest.fixture(scope="session")
def exposures() -> list[Exposure]:
    """The exposures of as many patients as INbreast has."""
    return make_population(SEED, 108)


@pytest.fixture(scope="session")
def pictures(exposures) -> list[Picture]:
    """The picture of each exposure."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda exposure: render(SEED, exposure, SMALL), exposures))
