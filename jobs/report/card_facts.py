"""What a run knows of itself, in sentences: the answers to the items of a model card."""

from collections.abc import Mapping
from typing import Any

from jobs.artifacts.run import JOINED, START_FROM
from jobs.config.study import Study
from jobs.report.page import ReportInputs
from jobs.report.text import count, interval, listing, percent, spelled, two


def list_facts(inputs: ReportInputs, context: Mapping[str, Any]) -> dict[str, str]:
    """A sentence or more by name; "" where this run does not know it.

    Args:
        context: `build_context` of the inputs.
    """
    study, metrics = inputs.study, inputs.metrics
    return {
        **_purpose(study, context),
        **_data(study, metrics, context),
        **_model(study, context),
        **_training(study, context),
        **_evaluation(study, metrics, context),
        **_handing_on(inputs.run),
    }


def _purpose(study: Study, context: Mapping[str, Any]) -> dict[str, str]:
    labels, notes = context["labels"], context["notes"]
    if JOINED in notes:
        where = "developed on two releases and evaluated on one"
    elif START_FROM in notes:
        where = "developed from another run's models and evaluated on one release"
    else:
        where = "developed and evaluated on one release"
    return {
        "kind": f"A convolutional network (deep learning) that classifies mammograms, {where}; it "
        f"predicts {labels.sick}.",
        "intended_use": "Research on classifying mammograms. It is not a medical device, and must "
        "not be used for decisions about people. Whom else it is for is not stated.",
        "goal": f"To develop classifiers by {len(context['folds'])}-fold cross-validation and to "
        "evaluate them on held-out patients of the same release.",
    }


def _data(study: Study, metrics: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    total, labels, flow = context["total"], context["labels"], metrics["flow"]
    kind = {True: "synthetic", False: "real", None: ""}[metrics["synthetic"]]
    size = f"{count(total['images'], 'image')} of {count(total['patients'], 'patient')}"
    source = f"A release in the form of INbreast's, of {kind} mammograms: {size} were used."
    release = flow["release"]
    reasons = [f"{each['reason']} ({each['images']})" for each in flow["left_out"]]
    left_out = f"Left out: {listing(reasons)}." if reasons else "None was left out."
    chosen = {
        "all": "All images that can be read are used.",
        "cc": "Only craniocaudal images are used.",
        "mlo": "Only mediolateral oblique images are used.",
    }
    select = chosen.get(study.views.select, f"Images: views.select {study.views.select}.")
    densities = dict(_group(context, "Density"))
    of_one = "Validation" if JOINED in context["notes"] else "Training, validation"
    unknown = densities["unknown"][-1] if "unknown" in densities else 0
    return {
        "data": source if kind else "",
        "eligibility": f"The release had {count(release['images'], 'image')} of "
        f"{count(release['patients'], 'patient')}. {left_out}"
        if release
        else "",
        "subset": select,
        "missing": f"Images that cannot be read are left out. The density is unknown of {unknown} "
        "images; it is no input. An exam may lack views: a score then uses those that are there.",
        "reference": f"Sick is {labels.sick}. {labels.healthy} {labels.limit}".replace("  ", " "),
        "flow": f"{size.capitalize()}: {count(flow['folds']['images'], 'image')} in the folds, "
        f"{count(flow['test']['images'], 'image')} in the test set; see Data.",
        "characteristics": "BI-RADS categories, projections and densities by partition: see Data. "
        "Age and other characteristics are not read.",
        "partitions": f"Patients were drawn at random, by seed {study.seed} and stratified by "
        f"their worst category: {percent(study.data.test)} are the test set, the rest "
        f"{spelled(len(context['folds']))} folds.",
        "disjoint": ""
        if study.data.augment_first
        else "At the level of patients: no patient is in two partitions.",
        "preprocessing": _preprocessing(study),
        "differences": f"{of_one} and test patients are of one release, drawn alike. "
        f"{context['other_training']}".rstrip(),
    }


def _preprocessing(study: Study) -> str:
    region = "the breast is found and cut out" if study.views.region == "breast" else "whole image"
    low, high = study.views.window
    rows, columns = study.views.size
    return (
        f"DICOM pixels by the file's VOI window or LUT ({study.data.window}); {region}; resized to "
        f"{rows} x {columns} pixels; grey values between the percentiles {low:g} and {high:g} to "
        "-1 to 1."
    )


def _model(study: Study, context: Mapping[str, Any]) -> dict[str, str]:
    weights, head = context["weights_name"], study.head
    if study.model.from_scratch:
        base, initial = f"A small network ({study.model.network}) from scratch", "random weights"
    else:
        base = f"Inception V3 up to its layer {study.model.layer}"
        initial = {
            "random": "random weights: the base was never trained",
            "imagenet": "Keras's ImageNet weights",
        }.get(weights, f"the weights of {weights}")
    heads = {
        "conv_pool": f"a head of one convolution ({head.filters} filters), max-pooling and a fully "
        "connected layer",
        "local": f"a head of {head.members} small networks ({head.hidden} hidden units) at each "
        f"place of the breast, whose score is the mean of the highest {percent(head.top)}",
    }
    frozen = study.train.unfreeze_from == "none" and not study.model.from_scratch
    return {
        "model": f"{base}, then {heads[head.kind]}. One image in, one logit out. The base is "
        f"{'frozen' if frozen else 'trained, too'}. All settings: see Configuration.",
        "initialisation": f"The base has {initial}; the head "
        + (
            "is drawn by seed (Glorot uniform)."
            if START_FROM not in context["notes"]
            else "begins with that of another run."
        ),
        "predictors": "The pixels of one image"
        + (", and the scores of the exam's other images." if context["context"] == "exam" else "."),
        "explanations": "A location map: the head's logit at each place of the breast."
        if head.kind == "local"
        else "",
        "ensemble": f"{spelled(len(context['folds'])).capitalize()} fold models and one on all "
        "folds. Figures are of single models, or means over models; no figure here is of an "
        "ensemble of models."
        + (f" A head's {head.members} members are averaged." if head.kind == "local" else ""),
        "software": ", ".join(
            f"{name} {' and '.join(versions)}"
            for name, versions in context["provenance"].versions.items()
        )
        + ".",
    }


def _training(study: Study, context: Mapping[str, Any]) -> dict[str, str]:
    train, views = study.train, study.views
    healthy, sick = count(views.healthy, "view"), count(views.sick, "view")
    within = ", within each release" if JOINED in context["notes"] else ""
    where = "new views in each epoch" if train.live else "views that were made once"
    return {
        "training": f"Cross entropy, Adam, learning rate {train.learning_rate:g}, batches of "
        f"{train.batch}, {count(train.epochs, 'epoch')}, on {where}. "
        f"{context['other_training']}".rstrip(),
        "augmentation": f"{healthy} of a healthy image, {views.sick} of a sick one: "
        f"flipped ({views.flip:g}), cropped ({views.crop:g}), with other contrast "
        f"({views.contrast:g}) and brightness ({views.brightness:g}), and noise ({views.noise:g}).",
        "imbalance": f"A sick image has {sick} and a healthy one {views.healthy}; "
        f"{percent(context['training_share'])} of the training views are sick. Class weights: "
        f"{train.class_weights}{within}. Probabilities are of that mixture unless they were "
        "calibrated.",
        "selection": "Out of fold: the last epoch. On the test set: each fold model's epoch with "
        "the largest AUC on its validation fold, the all-data model's last. Nothing was chosen "
        "on the test set by this program; whether people did is not known.",
    }


def _evaluation(
    study: Study, metrics: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, str]:
    main, bootstrap = context["main"], metrics["bootstrap"]
    noticed = [each.title for each in context["cautions"]["noticed"]]
    groups = [group["title"].lower() for group in metrics["subgroups"]]
    return {
        "metrics": "The area under the ROC curve, as it needs no threshold and no prevalence; "
        "sensitivity, specificity and predictive values at a threshold; sensitivity at a fixed "
        "specificity and the reverse; average precision; Brier score, calibration intercept and "
        "slope; net benefit.",
        "uncertainty": f"{100 * bootstrap['confidence']:g} % percentile intervals from "
        f"{bootstrap['replicates']:,} resamples of patients within each partition.",
        "robustness": f"AUC by {listing(groups)}; against other labels: see Subgroups."
        if groups
        else "",
        "internal": f"Cross-validation by patient, and a held-out test set: AUC per image "
        f"{two(main['value'])} ({interval(main)}) out of fold; see Figures.",
        "external": "None: this run was evaluated on its own release alone.",
        "performance": "See Figures: areas with intervals out of fold and on the test set.",
        "operating": "See Figures: sensitivity and specificity at the threshold, with intervals.",
        "failures": "The report shows the images of either class that are ranked worst, and "
        "confusion matrices.",
        "limits": f"Noticed by the program: {'; '.join(noticed) or 'nothing'}. See Limits.",
        "output": "A probability of being sick for each image; a breast's is the mean of its "
        "images', a patient's the larger of the breasts'.",
        "threshold": "The largest sensitivity + specificity - 1 on validation folds (Youden).",
        "updating": "None.",
    }


def _handing_on(run: str) -> dict[str, str]:
    return {
        "protocol": "study.yaml of this run, with every default spelled out, and the manifests "
        "with keys and checksums.",
        "availability": "The code is open (Apache-2.0). The model can be handed on by `mammo "
        "export`. Whether the data are available is the owner's to say.",
        "sharing": f"`mammo export --run {run}` writes weights, graphs and calibration to a file.",
        "poor_input": "Files that cannot be read are refused, with the reason. `mammo predict` "
        "warns of images unlike those of the training.",
        "user": "DICOM files as they come from the archive; no drawing or cropping.",
    }


def _group(context: Mapping[str, Any], title: str) -> list[tuple[str, tuple[int, ...]]]:
    (group,) = (group for group in context["counts"].groups if group.title == title)
    return list(group.rows)
