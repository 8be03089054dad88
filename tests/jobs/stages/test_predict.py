"""mammo predict: what it says of files, of exams, and of what is no mammogram."""

import json
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import pydicom
import pytest
from scipy.special import expit, logit

from jobs import cli
from jobs.artifacts.archive import run_entries, write_archive
from jobs.artifacts.run import Run, open_run
from jobs.common.errors import DataError, StoppedError, UsageError
from jobs.common.progress import Watch, silent
from jobs.config.names import BEST, TEST
from jobs.evaluation.levels import at_level
from jobs.evaluation.predictions import Prediction, read_predictions, select, weights_on_test
from jobs.predict.reference_plan import ReferenceSource, find_reference
from jobs.predict.table import Row, read_rows
from jobs.stages import evaluate
from tests.jobs.predict.files import NAME, write_image
from tests.jobs.stages.small_study import files_of, stop_at

FOLDS = ("fold0", "fold1")


def predict(
    root: Path, *files: Path, more: str = "", run: str = "--run first", watch: Watch = silent
) -> Path:
    """Calls the stage; returns the folder of the predictions."""
    words = ["predict", *map(str, files), "--root", str(root), *run.split(), *more.split()]
    options, stage = cli.parse(words)
    results = cli.call(stage, options, watch)
    (folder,) = (each.target for each in results if each.target.parent.name == "predictions")
    return folder


def rows_of(folder: Path, level: str = "image") -> list[Row]:
    return [row for row in read_rows(folder / "predictions.csv") if row.level == level]


def figures_of(run: Run) -> dict:
    return json.loads((run.folder.evaluation.folder / "metrics.json").read_text())


@pytest.fixture(scope="module")
def root(trained_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with an evaluated run, first, and the same run with the context of the exam."""
    root = tmp_path_factory.mktemp("predicted") / "root"
    for name in ("dataset", "weights", "runs/first"):
        shutil.copytree(trained_root / name, root / name)
    shutil.copytree(root / "runs/first", root / "runs/joined")
    for run, context in (("first", "none"), ("joined", "exam")):
        study = root / "runs" / run / "study.yaml"
        text = study.read_text().replace("context: none", f"context: {context}")
        study.write_text(re.sub("bootstrap: .*", "bootstrap: 100", text))
        cli.call(evaluate, Namespace(root=root, run=run), silent)
    return root


@pytest.fixture(scope="module")
def own(root: Path, trained_root: Path) -> list[Path]:
    """The files of the test set's images, as they were in the release."""
    release = trained_root.parent / "release" / "AllDICOMs"
    images = {row.image_id for row in figures_rows(root, "first")}
    return [next(release.glob(f"{image}_*")) for image in sorted(images)]


@pytest.fixture(scope="module")
def made(root: Path, own: list[Path]) -> Path:
    """Their predictions, by a call that went on where another one had been stopped."""
    with pytest.raises(StoppedError):
        predict(root, *own, watch=stop_at("predict: images", len(own) - 1))
    folder = root / "runs/first/predictions"
    assert not list(folder.glob("[!.]*"))
    kept = {path.name: path.read_bytes() for path in folder.glob(".*/exams/*.json")}
    assert kept
    made = predict(root, *own)
    assert kept.items() <= {path.name: path.read_bytes() for path in files_of(made)}.items()
    return made


@pytest.fixture(scope="module")
def joined(root: Path, own: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the context of the exam, their predictions and those of an image alone, 1_a."""
    alone = tmp_path_factory.mktemp("alone") / "1_a"
    write_image(alone)
    return predict(root, *own, alone, run="--run joined")


@pytest.fixture(scope="module")
def incoming(own: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of the test set, an exam with tags, and three files that are no mammograms."""
    folder = tmp_path_factory.mktemp("mixed") / "in"
    write_image(folder / "1_a")
    write_image(folder / "2_b", view="MLO")
    write_image(folder / "7_ct", Modality="CT")
    shutil.copy(own[0], folder)
    (folder / "note.txt").write_text("a shopping list")
    (folder / "cut.dcm").write_bytes(own[1].read_bytes()[:-3000])
    return folder


@pytest.fixture(scope="module")
def mixed(root: Path, incoming: Path) -> Path:
    """Their predictions, and DICOM objects beside the folder."""
    return predict(root, incoming, more=f"--dicom {incoming.parent}/out")


def figures_rows(root: Path, run: str, file: str = "predictions.csv") -> Sequence[Prediction]:
    """What the run's fold models have said of its test images."""
    rows = read_predictions(open_run(root, run).folder.evaluation.folder / file)
    return [row for row in select(rows, weights=BEST, split=TEST) if row.model in FOLDS]


def assert_same_images(folder: Path, figures: Sequence[Prediction]) -> None:
    """Each image has the models' probabilities in the figures, and their mean in logits."""
    rows = (row for row in rows_of(folder) if row.file != "1_a")
    found = {row.file.split("_")[0]: row for row in rows}
    assert set(found) == {row.image_id for row in figures}
    for image, row in found.items():
        models = [each.probability for each in figures if each.image_id == image]
        assert len(models) == len(FOLDS)
        assert (row.least, row.most) == pytest.approx((min(models), max(models)), abs=1e-6)
        assert row.probability == pytest.approx(expit(logit(models).mean()), abs=1e-6)


def test_images_of_the_test_set_get_the_scores_of_its_figures(root: Path, made: Path):
    """From the DICOM file as from the prepared dataset: each fold model's, and their mean."""
    assert_same_images(made, figures_rows(root, "first"))


@pytest.mark.parametrize(("level", "named"), [("breast", "breast"), ("exam", "patient")])
def test_breasts_and_exams_get_the_scores_of_the_figures(
    root: Path, made: Path, level: str, named: str
):
    """An exam of this release is all images of a patient, as in the figures."""
    rows = figures_rows(root, "first")
    models = [at_level([row for row in rows if row.model == model], named) for model in FOLDS]
    expected = expit(logit([cases.probability for cases in models]).mean(axis=0))
    found = [row.probability for row in rows_of(made, level)]
    assert sorted(found) == pytest.approx(sorted(expected), abs=1e-6)


def test_the_threshold_is_that_of_the_run(root: Path, made: Path):
    """The mean of those that the folds' figures were made with; at it, one is called sick."""
    levels = figures_of(open_run(root, "first"))["levels"]
    for level, named in (("image", "image"), ("breast", "breast"), ("exam", "patient")):
        values = [levels[named]["test"][model]["threshold"]["value"] for model in FOLDS]
        for row in rows_of(made, level):
            assert row.threshold == pytest.approx(expit(logit(values).mean()))
            assert row.sick == (row.probability >= row.threshold)


def test_with_the_context_of_the_exam(root: Path, joined: Path):
    """The scores are those of predictions-exam.csv, in which an image counts with its exam."""
    assert_same_images(joined, figures_rows(root, "joined", "predictions-exam.csv"))
    assert all(row.images > 1 for row in rows_of(joined) if row.file != "1_a")


def test_an_image_alone(joined: Path):
    """It is scored, and says that it is alone; its breast and exam say what is missing."""
    (image,) = (row for row in rows_of(joined) if row.file == "1_a")
    breast, exam = (
        next(row for row in rows_of(joined, level) if row.exam == image.exam)
        for level in ("breast", "exam")
    )
    assert image.notes.endswith("alone: no other image of its exam") and image.images == 1
    assert breast.notes.endswith("no MLO") and exam.notes.endswith("one breast alone")


def test_the_same_files_again(root: Path, own: list[Path], made: Path):
    """Nothing is made; the order of the files does not count."""
    before = files_of(made)
    assert predict(root, *reversed(own)) == made
    assert files_of(made) == before


def test_bad_files_among_good_ones(mixed: Path, own: list[Path], made: Path):
    """The good ones are predicted as without them; each bad one has a row, and says why."""
    assert {row.file for row in rows_of(mixed)} == {own[0].name, "1_a", "2_b"}
    files = {row.file: row.notes for row in rows_of(mixed, "file")}
    assert set(files) == {"note.txt", "cut.dcm", "7_ct"} and all(files.values())
    (found,) = (row for row in rows_of(mixed) if row.file == own[0].name)
    (known,) = (row for row in rows_of(made) if row.image == found.image)
    assert found.probability == pytest.approx(known.probability, abs=1e-6)


def test_nothing_but_bad_files(root: Path, tmp_path: Path):
    """Exit 65 in one line, and nothing is written."""
    (tmp_path / "note.txt").write_text("a shopping list")
    before = files_of(root)
    with pytest.raises(DataError, match=r"no file is a DICOM file; first: note\.txt: must be"):
        predict(root, tmp_path)
    cut = write_image(tmp_path / "1_cut").path
    cut.write_bytes(cut.read_bytes()[:-3000])
    with pytest.raises(DataError, match=r"no file could be predicted; first: 1_cut: "):
        predict(root, tmp_path)
    assert files_of(root) == before
    assert not [*(root / "runs/first").rglob("*.unfinished")]


@pytest.mark.parametrize("more", ["", "there --watch here"])
def test_files_or_a_folder_to_watch(root: Path, more: str):
    """Exactly one of them: exit 64."""
    with pytest.raises(UsageError, match="either FILES or --watch"):
        predict(root, more=more)


def test_no_such_exported_run(tmp_path: Path):
    """Exit 64: no retry brings it."""
    with pytest.raises(
        UsageError, match=r"--model must be a file of mammo export; got .*none\.zip"
    ):
        predict(tmp_path, tmp_path, run=f"--model {tmp_path}/none.zip")


def test_an_exported_run_at_a_site(root: Path, own: list[Path], made: Path, tmp_path: Path):
    """On another machine, from one file and a calibration: the same images, breasts and exams.

    Probabilities are the site's, and nobody is called otherwise; the warning is as it was.
    """
    run = open_run(root, "first")
    models = run.require_models()
    kinds = {model: weights_on_test(model) for model in models}
    reference = find_reference(run)
    assert isinstance(reference, ReferenceSource)
    more = [reference.location, run.root.weights(reference.recipe.inputs["weights"])]
    entries = run_entries(run, models, kinds, more)
    write_archive(tmp_path / "first.zip", {"run": "first"}, entries)
    fitted = {"temperature": 1.0, "shift": -1.0}
    levels = {level: {"calibration": fitted} for level in ("image", "breast", "exam")}
    site = tmp_path / "calibration.json"
    key = run.require_evaluation(models).key
    site.write_text(json.dumps({"run": "first", "evaluation": key, "levels": levels}))
    found = predict(
        tmp_path / "elsewhere",
        *own,
        run=f"--model {tmp_path}/first.zip",
        more=f"--calibration {site}",
    )
    pairs = zip(*(read_rows(each / "predictions.csv") for each in (found, made)), strict=True)
    for new, before in pairs:
        assert logit(new.probability) == pytest.approx(logit(before.probability) - 1)
        for name in ("level", "exam", "image", "sick", "outside", "notes"):
            assert getattr(new, name) == getattr(before, name)


def test_dicom_objects(root: Path, mixed: Path, incoming: Path):
    """A report of each exam that has what it needs, where the user wants it, made once."""
    (exam,) = {row.exam for row in rows_of(mixed) if row.file in ("1_a", "2_b")}
    (path,) = files_of(incoming.parent / "out")
    assert path.relative_to(incoming.parent) == Path("out", exam, "report.dcm")
    report = pydicom.dcmread(path)
    assert (report.PatientName, report.StudyInstanceUID) == (NAME, "2.25.11")
    changed = path.stat().st_mtime_ns
    predict(root, incoming, more=f"--dicom {incoming.parent}/out")
    assert path.stat().st_mtime_ns == changed
    assert not any(NAME.encode() in each.read_bytes() for each in files_of(mixed))


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A watch of a folder ends after its first look."""

    def sleep(seconds: float) -> None:
        raise StoppedError("stopped")

    monkeypatch.setattr("jobs.predict.watching.time.sleep", sleep)
    yield


@pytest.mark.usefixtures("stops")
def test_a_watched_folder(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture):
    """What has come is predicted exam by exam, and each folder of results is named at once.

    A file that is no mammogram ends nothing. No tag of a patient gets into artifacts, their names,
    or what is printed.
    """
    cut = write_image(tmp_path / "3_cut", StudyInstanceUID="2.25.47113").path
    cut.write_bytes(cut.read_bytes()[:-3000])
    for name in ("1_a", "2_b"):
        study = f"2.25.4711{name[0]}"
        write_image(tmp_path / name, PatientID="PID4711", StudyInstanceUID=study)
    with pytest.raises(StoppedError):
        predict(root, more=f"--watch {tmp_path} --quiet 0")
    printed = capfd.readouterr()
    lines = [line for line in printed.out.splitlines() if line.endswith(": done")]
    folders = [Path(line.removesuffix(": done")) for line in lines]
    assert sorted(row.file for each in folders for row in rows_of(each)) == ["1_a", "2_b"]
    paths = [path for each in folders for path in files_of(each)]
    found = [path.read_bytes() + path.as_posix().encode() for path in paths]
    for secret in (NAME, "Doe", "PID4711", "2.25.4711", "2.25.12"):
        assert not any(secret.encode() in each for each in [*found, "".join(printed).encode()])
