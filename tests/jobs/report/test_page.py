"""The page: it opens offline, names no patient, and says what must be said."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from jobs.artifacts.lineage import Made
from jobs.artifacts.manifest import read_manifest
from jobs.config.study import ModelConfig
from jobs.evaluation.bootstrap import EQUAL, FEW, UNDEFINED
from jobs.evaluation.history import read_history
from jobs.plots.svg import TOKENS
from jobs.report.page import Material, build_context, wanted_pictures
from jobs.report.render import render

VOID = {"meta", "img", "br", "hr", "link", "input"}


class _Reader(HTMLParser):
    """Collects tags, ids and references, and holds that tags are closed in their order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[key] for key in ("href", "src", "xlink:href") if key in found]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def material(reported, predictions, models, study):
    """What the reported run's page is made from."""
    folder = reported / "evaluation"
    return Material(
        run="trial",
        study=study,
        rows=predictions,
        metrics=json.loads((folder / "metrics.json").read_text()),
        figures={path.stem: path.read_text() for path in folder.glob("*.svg")},
        histories={model: read_history(reported / model / "history.csv") for model in models},
        models={model: read_manifest(reported / model) for model in models},
        evaluation=read_manifest(folder),
        upstream=[Made("dataset", None)],
    )


def _page(material, **changes):
    return render(build_context(replace(material, **changes)))


@pytest.fixture(scope="module")
def page(material):
    return _page(material)


@pytest.fixture(scope="module")
def read(page):
    return _Reader(page)


def test_the_page_is_well_formed(read):
    """Every element is closed in its order, and no two share an id."""
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_the_page_asks_for_nothing(page, read):
    """No script, no link outside, no style or font from elsewhere: it opens offline."""
    assert not read.of("script") and not read.of("link") and not read.of("iframe")
    assert all(link.startswith(("#", "data:")) for link in read.links)
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    (policy,) = (each for each in read.of("meta") if "http-equiv" in each)
    assert policy["content"].startswith("default-src 'none'")


def test_links_within_the_page_lead_somewhere(read):
    """The contents' and the figures' own references."""
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


def test_no_patient_is_on_the_page(page, predictions):
    """Image ids are; the hashes of patients are not."""
    assert not any(row.patient in page for row in predictions)
    assert all(image in page for image in wanted_pictures(predictions))


def test_the_page_can_be_heard(read):
    """Figures and pictures have words, tables have captions and headers, the language is said."""
    assert read.of("html") == [{"lang": "en"}]
    assert all(figure.get("aria-label") for figure in read.of("svg"))
    assert all(image.get("alt") for image in read.of("img"))
    assert len(read.of("caption")) == len(read.of("table"))
    assert all("scope" in header for header in read.of("th"))
    assert all(each["aria-label"] for each in read.of("div") if each.get("role") == "region")


def test_the_main_figure_is_the_mean_over_folds(page, material):
    """Per image, out of fold, with its interval."""
    mean = material.metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    assert f'<p class="number">{mean["value"]:.2f}</p>' in page
    assert f"95 % interval {mean['low']:.2f} to {mean['high']:.2f}" in page


def test_where_there_is_no_interval_the_page_says_why(page, material):
    """In tables, at the head, and what each reason means."""
    assert '<span class="sub">few patients</span>' in page
    metrics = deepcopy(material.metrics)
    auc = metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    auc.update(low=None, high=None, reason="few patients")
    assert "No interval: few patients; the folds lie between" in _page(material, metrics=metrics)
    section = page[page.index("<dt>No interval</dt>") : page.index('id="limits"')]
    for reason in (FEW, UNDEFINED, EQUAL):
        assert f"<em>{reason.capitalize()}</em>" in section
    assert "fewer than five have a sick case" in section


def test_random_weights_are_said_loudly(page, material):
    """At the head of the page and among the limits; with other weights nowhere."""
    assert page.index("Random weights") < page.index('class="headline"')
    assert "The base network's weights are random." in page
    study = replace(material.study, model=ModelConfig(weights="imagenet"))
    trained = _page(material, study=study)
    assert "andom weights" not in trained and "ImageNet weights" in trained


def test_weights_from_a_file_are_named_without_their_path(material):
    """The file's name, and nothing of the machine."""
    study = replace(material.study, model=ModelConfig(weights="/home/someone/base.h5"))
    page = _page(material, study=study)
    assert "<code>base.h5</code>" in page and "someone" not in page


def test_synthetic_images_are_said_loudly(page, material):
    """Where the dataset's manifest says so."""
    notes = {"synthetic": True}
    dataset = Made("dataset", replace(material.evaluation, notes=notes))
    assert "Synthetic images" in _page(material, upstream=[dataset])
    assert "Synthetic images" not in page


def test_images_that_were_left_out_are_counted_not_named(material):
    """Their file names hold the patient."""
    notes = {"left_out": ["20586908_6c613a14b80a8591_MG_R_CC_ANON.dcm: cut"]}
    page = _page(material, upstream=[Made("dataset", replace(material.evaluation, notes=notes))])
    assert "1 image of the release could not be read and is not among them" in page
    assert "6c613a14b80a8591" not in page


def test_it_says_that_pictures_are_missing(page, read):
    """Plainly, with what to do."""
    assert "The pictures are missing" in page and not read.of("img")


def test_pictures_are_within_the_page(material):
    """As data, each beside what is said of it; one that is missing is marked."""
    first, *_ = wanted_pictures(material.rows)
    page = _page(material, pictures={first: b"\x89PNG"})
    (image,) = _Reader(page).of("img")
    assert image["src"] == "data:image/png;base64,iVBORw==" and first in image["alt"]
    assert page.count("no picture") == 11


def test_names_are_escaped(material):
    """A run's name cannot be markup, and neither can a version of a library."""
    evil = replace(material.evaluation, versions={"numpy": "<script>alert(1)</script>"})
    page = _page(material, run="<b>run</b>", evaluation=evil)
    assert "<b>run</b>" not in page and "<script" not in page
    assert "&lt;b&gt;run&lt;/b&gt;" in page


def test_every_figure_names_its_weights(page):
    """Captions say which weights and split each figure is from."""
    assert page.count("last weights, validation split") == 2
    assert "best weights, test split" in page and "last weights, test split" in page


def test_epochs_and_thresholds_are_stated(page, material):
    """The best epoch of each fold model, its threshold, and on whom it was chosen."""
    section = page[page.index('id="method"') : page.index('id="limits"')]
    threshold = material.metrics["levels"]["image"]["test"]["fold1"]["threshold"]
    assert f"{threshold['value']:.4f}" in section
    assert f"{threshold['cases']} images of {threshold['patients']} patients, fold 1" in section
    assert "all folds" in section


def _schemes(page):
    """The colour tokens of the light page, the dark one and the printed one."""
    light, dark, printed = re.split("prefers-color-scheme: dark|@media print", page)[:3]
    return [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark, printed)
    ]


def _luminance(colour):
    """WCAG 2.2, relative luminance."""
    levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_every_colour_is_set_for_light_dark_and_paper(page):
    """No token is left at another scheme's colour, and the figures' own are among them."""
    light, dark, printed = _schemes(page)
    assert set(light) == set(dark) == set(printed)
    assert set(TOKENS) <= set(light)
    assert all(light[token] == colour for token, colour in TOKENS.items())


def test_text_can_be_read_in_every_scheme(page):
    """WCAG AA: 4.5 for text; 3 for lines and marks."""
    for scheme in _schemes(page):
        for token in ("ink", "muted", "main"):
            assert _contrast(scheme[token], scheme["paper"]) >= 4.5, token
        assert _contrast(scheme["warning"], scheme["warning-paper"]) >= 4.5
        marks = ("all-data", "healthy", "sick", *(t for t in scheme if t.startswith("series")))
        for token in marks:
            assert _contrast(scheme[token], scheme["paper"]) >= 3, token
