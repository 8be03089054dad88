"""The page's section on explanations: which images it shows, and what it says of methods."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from jobs.artifacts.layout import Root, RunFolder
from jobs.artifacts.run import EXPLANATIONS_FORMAT
from jobs.common.errors import DataError
from jobs.explain.checks.expectations import CHECKS
from jobs.report.explanations import SHOWN, Explained, read_explanations
from jobs.report.page import build_context
from jobs.report.render import render
from tests.jobs.report.html_reader import HtmlReader

OUTCOME = {
    "verdict": "fails",
    "text": "SSIM 0.91; other patients' maps 0.40",
    "surprise": True,
    "expected": {"verdict": "passes", "why": "It reads the head."},
}
METHOD = {
    "title": "Grad-CAM",
    "source": "Selvaraju et al.",
    "measured": True,
    "verdict": "fails",
    "meaning": "Do not read it as a reason.",
    "checks": dict.fromkeys(CHECKS, OUTCOME),
}


MODELS = {"fold0": SimpleNamespace(key="first"), "fold1": SimpleNamespace(key="second")}


@pytest.fixture
def run(tmp_path: Path, monkeypatch) -> RunFolder:
    """A run with fold 1's explanations: eight images by one method."""
    folder = tmp_path / "runs" / "trial" / "explanations" / "fold1"
    folder.mkdir(parents=True)
    rows = [f"{number},{number % 2},{number / 10},grad_cam" for number in range(8)]
    text = "\n".join(["image_id,sick,logit,method", *rows])
    (folder / "explanations.csv").write_text(text)
    for number in range(8):
        for name in ("mammogram", "grad_cam"):
            Image.new("RGB", (200, 900)).save(folder / f"{number}.{name}.png")
    checks = {
        "images": 8,
        "meaning": dict(CHECKS),
        "baselines": {},
        "methods": {"grad_cam": METHOD},
        "localisation": {},
        "shortcuts": {},
    }
    (folder / "checks.json").write_text(json.dumps(checks))
    there = SimpleNamespace(
        inputs={"model": "second", "fold0": "first", "dataset": "pixels"},
        notes={"titles": {"grad_cam": "Grad-CAM"}},
        format=EXPLANATIONS_FORMAT,
    )
    monkeypatch.setattr(
        "jobs.report.explanations.read_manifest", lambda path: there if path.is_dir() else None
    )
    return RunFolder(Root(tmp_path), "trial")


@pytest.fixture
def explained(run: RunFolder) -> list[Explained]:
    """What is read of them."""
    return read_explanations(run, MODELS)


@pytest.mark.parametrize("replaced", MODELS)
def test_explanations_of_replaced_models_are_not_shown(run: RunFolder, replaced: str):
    """Neither if the explained model is another one, nor if one is that it was compared with."""
    models = {**MODELS, replaced: SimpleNamespace(key="new")}
    with pytest.raises(DataError, match="fold1 explains other models than the run's: remove it"):
        read_explanations(run, models)


def test_the_surest_images_are_shown(explained):
    """More sick than healthy ones, those with the highest logits first, in small pictures."""
    (one,) = explained
    assert one.model == "fold1"
    assert [shown.image_id for shown in one.gallery] == ["7", "5", "3", "1", "6", "4"]
    assert len(one.gallery) == SHOWN
    assert list(one.gallery[0].pictures) == ["mammogram", "grad_cam"]
    assert all(picture[8:12] == b"WEBP" for picture in one.gallery[0].pictures.values())


def test_the_page_says_what_a_method_is_worth_beside_its_maps(explained, inputs):
    """The verdict, what was expected, and the surprise; each picture with a text for it."""
    page = render(build_context(replace(inputs, explanations=explained)))
    section = page[page.index('<section id="explanations">') :]
    for part in (METHOD["meaning"], OUTCOME["expected"]["why"], "fails *", "otherwise than"):
        assert part in section
    pictures = [one for one in HtmlReader(page).of("img") if "on image" in one.get("alt", "")]
    assert len(pictures) == 2 * SHOWN and pictures[0]["src"].startswith("data:image/webp;base64,")
    assert [one["alt"].partition(" on ")[0] for one in pictures[:2]] == ["Mammogram", "Grad-CAM"]


def test_without_explanations_the_page_names_the_command(page):
    """And shows no empty table."""
    assert "<code>mammo explain --checks</code>" in page
