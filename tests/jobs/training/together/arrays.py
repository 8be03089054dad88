"""Features in memory, and heads on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.config.sections import HeadConfig, TrainConfig
from jobs.config.study import Study
from jobs.training.together.heads import HeadSpec
from jobs.training.together.local_heads import LocalHeads
from jobs.training.together.loop import Together
from jobs.views.parameters import View

CHANNELS = 6
STUDY = Study(
    head=HeadConfig(kind="local", hidden=3, members=2, top=0.2),
    train=TrainConfig(batch=4, epochs=3, learning_rate=0.01),
)


@dataclass(frozen=True)
class Places:
    """Each image has places of its own: rows of features."""

    rows: dict[str, np.ndarray]
    channels = CHANNELS
    dtype = np.dtype(np.float16)

    def views(self, image_ids: Iterable[str]) -> list[View]:
        return [View(one, 0) for one in image_ids]

    def lengths(self, views: Sequence[View]) -> np.ndarray:
        return np.array([len(self.rows[view.image_id]) for view in views], np.int32)

    def features_of(self, view: View) -> np.ndarray:
        return self.rows[view.image_id]


@dataclass(frozen=True)
class Maps:
    """Whole feature maps."""

    maps: dict[str, np.ndarray]
    dtype = np.dtype(np.float16)

    @property
    def shape(self) -> tuple[int, ...]:
        return next(iter(self.maps.values())).shape

    def views(self, image_ids: Iterable[str]) -> list[View]:
        return [View(one, 0) for one in image_ids]

    def batch(self, views: Sequence[View], out: np.ndarray | None = None) -> np.ndarray:
        return np.stack([self.maps[view.image_id] for view in views], out=out)


def make_places(images: int = 10, seed: int = 0) -> Places:
    """Images of 5 to 14 places; the features of every second one, the sick, are higher."""
    draw = np.random.default_rng(seed)
    return Places(
        {
            str(number): (draw.normal(size=(5 + number % 10, CHANNELS)) + number % 2).astype(
                np.float16
            )
            for number in range(images)
        }
    )


def changed(section: str, **values: Any) -> Study:
    """STUDY with other values in a section."""
    return replace(STUDY, **{section: replace(getattr(STUDY, section), **values)})


def spec(study: Study = STUDY, model: str = "fold0", weights: Sequence[float] = ()) -> HeadSpec:
    return HeadSpec(study, model, np.array(weights or [1.0] * 10))


def make_heads(
    specs: Sequence[HeadSpec], places: Places | None = None, head: HeadConfig = STUDY.head
) -> Together:
    """Local heads on all images."""
    places = places or make_places()
    kind = LocalHeads(STUDY.seed, head, places)
    views = places.views(places.rows)
    return Together(kind, specs, views, [int(view.image_id) % 2 == 1 for view in views])


def logits_of(heads: Together, epochs: int = 2, first: int = 1) -> np.ndarray:
    """What heads say of all images after some more epochs."""
    for epoch in range(first, first + epochs):
        heads.train(epoch)
    return heads.logits([View(str(number), 0) for number in range(10)])
