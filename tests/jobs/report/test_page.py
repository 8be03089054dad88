"""The page's content: it names no patient, and says what must be said."""

import re
from copy import deepcopy
from dataclasses import replace

import pytest

from jobs.config.sections import ModelConfig, ViewsConfig
from jobs.evaluation.bootstrap import EQUAL, FEW, UNDEFINED
from jobs.evaluation.flow import OTHER_PROJECTION
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
    value, interval = f"{mean['value']:.2f}", f"{mean['low']:.2f} to {mean['high']:.2f}"
    assert f'<p class="number"><span>{value}</span> <span>{interval}</span></p>' in page


def test_where_there_is_no_interval_the_page_says_why(page, inputs):
    """In tables, at the head, and what each reason means."""
    assert '<span class="sub">few patients</span>' in page
    metrics = deepcopy(inputs.metrics)
    auc = metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    auc.update(low=None, high=None, reason="few patients")
    without = make_page(inputs, metrics=metrics)
    assert "<span>no interval</span>" in without and "No interval: few patients" in without
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


def with_metrics(inputs, **changes):
    """The page of the same run with other values in metrics.json."""
    return make_page(inputs, metrics={**inputs.metrics, **changes})


def test_synthetic_images_are_said_loudly(page, inputs):
    """In title, heading and a notice, with the release's own counts; among the limits, too."""
    flow = {**inputs.metrics["flow"], "release": {"images": 200, "patients": 49}}
    synthetic = with_metrics(inputs, synthetic=True, flow=flow)
    images, patients = (inputs.metrics["flow"]["studied"][key] for key in ("images", "patients"))
    assert f"in {images} synthetic mammograms</title>" in synthetic
    assert f"in {images} synthetic mammograms of {patients} made-up patients</h1>" in synthetic
    assert "drew all 200 mammograms of the release, of 49 made-up patients" in synthetic
    assert synthetic.index("Synthetic images") < synthetic.index('class="headline"')
    assert "<li>The images are synthetic.</li>" in synthetic
    assert "ynthetic" not in with_metrics(inputs, synthetic=False)


def test_what_is_not_known_is_not_claimed(page):
    """The reported run has no dataset: it may be synthetic, and images may have been left out."""
    assert "Whether the images are synthetic is not known" in page
    assert "What the release had, and what of it was left out, is not known" in page
    assert "Kinds and sizes of findings are not known" in page


def test_images_that_were_left_out_are_counted_not_named(inputs):
    """Their file names hold the patient; metrics.json has counts and reasons alone."""
    flow = {**inputs.metrics["flow"], "left_out": [{"reason": "cut off", "images": 1}]}
    page = with_metrics(inputs, flow=flow)
    assert "1 image of the release could not be read and is not among them" in page
    assert "images are used" not in page


def test_images_of_other_projections_are_not_called_unreadable(inputs):
    """With views.select the page says which are used, and why others are not."""
    study = replace(inputs.study, views=ViewsConfig(select="cc"))
    flow = {**inputs.metrics["flow"], "left_out": [{"reason": OTHER_PROJECTION, "images": 9}]}
    page = make_page(inputs, study=study, metrics={**inputs.metrics, "flow": flow})
    assert "Only craniocaudal (CC) images are used" in page
    assert "could not be read" not in page


@pytest.mark.parametrize(
    ("sick", "said", "unsaid"),
    [
        ((6,), "BI-RADS 6: cancer that a biopsy had proven", "The label is a radiologist"),
        ((4, 5, 6), "suspicion of cancer (4 and 5) or cancer that a", "count as healthy"),
    ],
)
def test_what_sick_means_follows_from_the_study(inputs, sick, said, unsaid):
    """At the head and among the limits."""
    study = replace(inputs.study, data=replace(inputs.study.data, sick=sick))
    page = make_page(inputs, study=study).replace("&#39;", "'")
    assert f"Sick means BI-RADS {sick[0]}" in page
    assert said in page and unsaid not in page


def test_the_interval_stands_beside_the_figure(page):
    """In the same element, so in the same size."""
    number = page[page.index('<p class="number">') :].partition("</p>")[0]
    assert re.fullmatch(
        r'<p class="number"><span>0\.\d\d</span> <span>0\.\d\d to [01]\.\d\d</span>', number
    )


def test_cautions_come_before_all_detail(page, inputs):
    """After the figure and before the first table; each that was noticed, with its rule."""
    box = page[page.index('id="cautions"') :].partition("</div>")[0]
    noticed = [caution for caution in inputs.metrics["cautions"] if caution["noticed"]]
    assert box.count("<li>") == len(noticed) == box.count("Noticed ")
    untold = [caution for caution in inputs.metrics["cautions"] if caution["noticed"] is None]
    assert box.count("Not to be told: ") == len(untold) > 0
    assert page.index('class="headline"') < page.index('id="cautions"') < page.index("<table")


def test_points_on_the_curve_are_a_table(page, inputs):
    """At three specificities and three sensitivities, from the mean of the folds."""
    table = page[page.index("<caption>Points on the curves") :].partition("</table>")[0]
    figures = inputs.metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]
    shown = [figures[f"{rate}_at_{share}"]["value"] for rate in RATES for share in (80, 90, 95)]
    first_row = table[table.index("<tbody>") :].partition("</tr>")[0]
    assert re.findall(r"<td>\s*(\d\.\d\d)<", first_row) == [f"{value:.2f}" for value in shown]


RATES = ("sensitivity", "specificity")


def test_other_labels_are_a_table(page, inputs):
    """A row for each, the study's own marked, and that it is the same models is said."""
    section = page[page.index('<section id="labels">') :].partition("</section>")[0]
    assert section.count('<th scope="row">') == len(inputs.metrics["other_labels"])
    assert section.count("this study") == 1 and "no model was trained on them" in section


def test_date_command_and_processor_are_stated(inputs):
    """From the manifests; where they are missing, that they were not recorded."""
    made = replace(
        inputs.evaluation, made="2027-02-03T04:05:06+00:00", command="mammo a", processor="Cray-1"
    )
    page = make_page(inputs, evaluation=made)
    section = page[page.index('<section id="provenance">') :]
    assert "3 February 2027" in section and "3 February 2027</p>" in page
    assert "<code>mammo a</code>" in section and "Cray-1" in section
    old = replace(inputs.evaluation, made="", command="", processor="")
    bare = make_page(inputs, models=dict.fromkeys(inputs.models, old), evaluation=old)
    assert bare.count("not recorded") == 3


def test_it_says_that_pictures_are_missing(page, read):
    """Plainly, with what to do."""
    assert "The pictures are missing" in page and not read.of("img")


def test_pictures_are_within_the_page(inputs):
    """As data, each beside what is said of it; one that is missing is marked."""
    first, *_ = list_pictured_images(inputs.rows)
    page = make_page(inputs, pictures={first: b"RIFF"})
    (image,) = HtmlReader(page).of("img")
    assert "loading" not in image  # a print or a screenshot would lack what was not in sight
    assert image["src"] == "data:image/webp;base64,UklGRg==" and first in image["alt"]
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
