"""A small dataset whose images count how often they are decoded, also in a pool's processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.common.progress import Watch
from jobs.config.sections import HeadConfig, ModelConfig, ViewsConfig
from jobs.config.study import Study
from jobs.local.manifests.pod import Step
from jobs.views.source_cache import CACHE


@dataclass(frozen=True)
class CountedImage:
    """What is read of an image in a list."""

    image_id: str
    rows: int = 120
    columns: int = 100


class CountedDataset:
    """Three images of noise; `content_key` says which."""

    def __init__(
        self, content_key: str, shapes: Mapping[str, tuple[int, int]] | None = None
    ) -> None:
        """`shapes`: (rows, columns) of images by their ids, where they are not all alike."""
        self.content_key = content_key
        self.images = tuple(CountedImage(each, *(shapes or {}).get(each, ())) for each in "123")
        self.decoded: list[str] = []

    def pixels(self, image: CountedImage) -> np.ndarray:
        """(H, W) uint16."""
        self.decoded.append(image.image_id)
        random = np.random.default_rng([int(image.image_id), *self.content_key.encode()])
        return random.integers(0, 4096, (image.rows, image.columns), np.uint16)


def study_of(**views: Any) -> Study:
    """A study of small views; its features are pooled, so that any frame fits."""
    size = ViewsConfig(**{"size": (75, 75), **views})
    return Study(views=size, model=ModelConfig(pooling="average"), head=HeadConfig(pool=1))


def call(step: Step, watch: Watch) -> tuple[list[str], int]:
    """Asks for the images of the dataset that a step names: what it decoded, and their sum."""
    dataset: Any = CountedDataset(*step.arguments)
    images = CACHE.images(study_of(), dataset, watch)
    return dataset.decoded, sum(int(image.pixels.sum()) for image in images.values())
