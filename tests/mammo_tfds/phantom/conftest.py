"""A whole phantom population, drawn small and once for all tests that look at it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mammo_tfds.phantom.population import Exposure, make_population
from mammo_tfds.phantom.render import Picture, render

SEED = 20
SMALL = (128, 104)


@pytest.fixture(scope="session")
def exposures() -> list[Exposure]:
    """INbreast's own number of patients."""
    return make_population(SEED, 108)


@pytest.fixture(scope="session")
def pictures(exposures) -> list[Picture]:
    """One picture an exposure."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda exposure: render(SEED, exposure, SMALL), exposures))
