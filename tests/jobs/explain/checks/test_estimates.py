"""Intervals over patients, and differences that are paired by image."""

from dataclasses import replace

import pytest

from jobs.explain.checks.baselines import BASELINES
from jobs.explain.checks.estimates import parts_of, resample, summarise
from jobs.explain.checks.localisation import Localisation


def row(number: int, method: str, hit: float, **changes) -> Localisation:
    """Two images a patient."""
    made = Localisation(
        "fold0", str(number), f"{number // 2:016x}", True, "mass", number / 100, method, hit,
        chance=0.1, inside=0.2, lesion_share=0.05, outside=0.0,
    )  # fmt: skip
    return replace(made, **changes)


def rows(method_hits, baseline_hits=0.0) -> list[Localisation]:
    own = [row(n, "grad_cam", float(hit)) for n, hit in enumerate(method_hits)]
    others = [row(n, name, baseline_hits) for name in BASELINES for n in range(len(method_hits))]
    return own + others


def test_a_method_is_held_against_every_baseline():
    """Paired: three of four hits where the baselines have none."""
    found = rows([1, 1, 0, 1] * 6)
    summary = summarise(found, resample(found, 200, seed=20))
    own = summary["grad_cam"]
    assert (own["images"], own["patients"]) == (24, 12)
    assert own["pointing"]["value"] == pytest.approx(0.75)
    assert own["pointing"]["low"] < 0.75 < own["pointing"]["high"]
    assert own["over"].keys() == BASELINES.keys()
    assert all(each["value"] == pytest.approx(0.75) for each in own["over"].values())
    assert own["inside_over_chance"]["value"] == pytest.approx(0.15)
    assert "over" not in summary["random"]


def test_no_interval_of_few_patients():
    """Four images of two patients: the reason stands in its place."""
    found = rows([1, 0, 1, 1])
    summary = summarise(found, resample(found, 200, seed=20))
    assert summary["grad_cam"]["pointing"]["reason"] == "few patients"


def test_an_undefined_share_does_not_count():
    """A map without any relevance for sick is no zero."""
    found = [row(0, "lrp", 1.0), row(2, "lrp", 1.0, inside=float("nan"))]
    assert summarise(found, resample(found, 50, seed=20))["lrp"]["inside"]["value"] == 0.2


def test_parts_are_kinds_and_thirds_of_extent():
    """An image can have several kinds; each has one size."""
    found = [row(n, "lrp", 1.0, kinds="mass+point" if n % 2 else "mass") for n in range(9)]
    parts = dict(parts_of(found))
    assert len(parts.pop("images with mass")) == 9
    assert len(parts.pop("images with point")) == 4
    sizes = [len(part) for part in parts.values()]
    assert sizes == [3, 3, 3]
    assert parts_of([]) == []
