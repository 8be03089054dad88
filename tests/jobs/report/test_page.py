"""The page's content: it names no patient, and says what must be said."""

from copy import deepcopy
from dataclasses import replace

from jobs.artifacts.lineage import NamedManifest
from jobs.config.sections import ModelConfig
from jobs.evaluation.bootstrap import EQUAL, FEW, UNDEFINED
from jobs.report.page import SHOWN_METRICS, build_context, list_pictured_images
from jobs.report.render import render
from tests.jobs.report.html_reader import HtmlReader


def make_page(inputs, **changes):
    """The page of the same run with changes."""
    return render(build_context(replace(inputs, **changes)))


def test_no_patient_is_on_the_page(page, predictions):
    """Image ids are; the hashes of patients are not."""
    assert not any(row.patient in page for row in predictions)
    assert all(image in page for image in list_pictured_images(predictions))


def test_the_main_figure_is_the_mean_over_folds(page, inputs):
    """Per image, out of fold, with its interval."""
    mean = inputs.metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    assert f'<p class="number">{mean["value"]:.2f}</p>' in page
    assert f"95 % interval {mean['low']:.2f} to {mean['high']:.2f}" in page


def test_where_there_is_no_interval_the_page_says_why(page, inputs):
    """In tables, at the head, and what each reason means."""
    assert '<span class="sub">few patients</span>' in page
    metrics = deepcopy(inputs.metrics)
    auc = metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    auc.update(low=None, high=None, reason="few patients")
    assert "No interval: few patients; the folds lie between" in make_page(inputs, metrics=metrics)
    section = page[page.index("<dt>No interval</dt>") : page.index('id="limits"')]
    for reason in (FEW, UNDEFINED, EQUAL):
        assert f"<em>{reason.capitalize()}</em>" in section
    assert "fewer than five have a sick case" in section


def test_random_weights_are_said_loudly(page, inputs):
    """At the head of the page and among the limits; with other weights nowhere."""
    assert page.index("Random weights") < page.index('class="headline"')
    assert "The base network's weights are random." in page
    study = replace(inputs.study, model=ModelConfig(weights="imagenet"))
    trained = make_page(inputs, study=study)
    assert "andom weights" not in trained and "ImageNet weights" in trained


def test_weights_from_a_file_are_named_without_their_path(inputs):
    """The file's name, and nothing of the machine."""
    study = replace(inputs.study, model=ModelConfig(weights="/home/someone/base.h5"))
    page = make_page(inputs, study=study)
    assert "<code>base.h5</code>" in page and "someone" not in page


def test_synthetic_images_are_said_loudly(page, inputs):
    """Where the dataset's manifest says so."""
    notes = {"synthetic": True}
    dataset = NamedManifest("dataset", replace(inputs.evaluation, notes=notes))
    assert "Synthetic images" in make_page(inputs, upstream=[dataset])
    assert "Synthetic images" not in page


def test_images_that_were_left_out_are_counted_not_named(inputs):
    """Their file names hold the patient."""
    notes = {"left_out": ["20586908_6c613a14b80a8591_MG_R_CC_ANON.dcm: cut"]}
    page = make_page(
        inputs, upstream=[NamedManifest("dataset", replace(inputs.evaluation, notes=notes))]
    )
    assert "1 image of the release could not be read and is not among them" in page
    assert "6c613a14b80a8591" not in page


def test_it_says_that_pictures_are_missing(page, read):
    """Plainly, with what to do."""
    assert "The pictures are missing" in page and not read.of("img")


def test_pictures_are_within_themake_page(inputs):
    """As data, each beside what is said of it; one that is missing is marked."""
    first, *_ = list_pictured_images(inputs.rows)
    page = make_page(inputs, pictures={first: b"\x89PNG"})
    (image,) = HtmlReader(page).of("img")
    assert image["src"] == "data:image/png;base64,iVBORw==" and first in image["alt"]
    assert page.count("no picture") == 11


def test_every_figure_names_its_weights(page):
    """Captions say which weights and split each figure is from."""
    assert page.count("last weights, validation split") == 2
    assert "best weights, test split" in page and "last weights, test split" in page


def test_epochs_and_thresholds_are_stated(page, inputs):
    """The best epoch of each fold model, its threshold, and on whom it was chosen."""
    section = page[page.index('id="method"') : page.index('id="limits"')]
    threshold = inputs.metrics["levels"]["image"]["test"]["fold1"]["threshold"]
    assert f"{threshold['value']:.4f}" in section
    assert f"{threshold['cases']} images of {threshold['patients']} patients, fold 1" in section
    assert "all folds" in section


def test_each_metric_of_the_list_is_a_column(page):
    """With its title, and its value in each row of the table."""
    table = page[page.index("<caption>Metrics at the threshold") :].partition("</table>")[0]
    assert all(f'<th scope="col">{title}</th>' in table for title in SHOWN_METRICS.values())
    assert table.count("<td>") == 6 * len(SHOWN_METRICS)
