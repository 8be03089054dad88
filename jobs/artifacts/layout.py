"""Every path under the root, and the command that makes what lies there.

ROOT/dataset/inbreast/<version>/   TensorFlow Datasets' own layout
ROOT/weights/<key>/                the checkpoint
ROOT/engines/<key>/                a quantised model, or the precision that was chosen
ROOT/features/<key>/               one file an image
ROOT/candidates/<key>/             one file an image: where calcifications may be
ROOT/references/<key>/             what training images look like to a base
ROOT/runs/<run>/                   study.yaml, a folder a model, evaluation/, explanations/,
                                   units/, report.html, model_card.md, export/
ROOT/runs/<run>/predictions/<key>/ predictions.csv of images that are not of the study
ROOT/exports/<key>/                a file of mammo export, unpacked
ROOT/comparisons/<key>/            runs beside each other: a page, figures, images
ROOT/inflation/<key>/              one model's figure under protocols that flatter
ROOT/searches/<name>/              study.yaml, space.json, the trials' journal, what came of them
"""

from dataclasses import dataclass
from pathlib import Path

from jobs.config.names import ALL, fold_number

DATASET_VERSION = "1.0.0"

CHECKPOINT = "inception_v3.h5"
QUANTISED_MODEL = "inception_v3.xml"  # OpenVINO's form; its weights lie beside it, in .bin
CHOICE = "choice.json"
STUDY = "study.yaml"
PREDICTIONS = "predictions.csv"
HISTORY = "history.csv"
METRICS = "metrics.json"
TENSORBOARD = "tensorboard"
LOCATION_MAPS = "location_maps.npz"
EXPLANATIONS = "explanations.csv"
CHECKS = "checks.json"
LOCALISATION = "localisation.csv"
TITLES = "titles"  # the note of the methods' titles, in explanations' manifests
MAMMOGRAM = "mammogram"  # in place of a method, in the names of explanations' pictures
CALCIFICATIONS = "calcifications.npz"
REFERENCE = "reference.npz"
COMPARISON = "comparison.json"
PAGE = "comparison.html"

_ANY_STUDY = "--config STUDY_YAML"


@dataclass(frozen=True)
class Location:
    """Where an artifact lies, and the command that makes it."""

    folder: Path
    command: str


@dataclass(frozen=True)
class Root:
    """The folder under which all artifacts lie.

    Examples:
        >>> root = Root(Path("study-root"))
        >>> root.features("ab12").folder.as_posix()
        'study-root/features/ab12'
        >>> root.run("first").model("fold0").folder.as_posix()
        'study-root/runs/first/fold0'
    """

    path: Path

    @property
    def dataset(self) -> Location:
        """The prepared dataset."""
        folder = self.path / "dataset" / "inbreast" / DATASET_VERSION
        return Location(folder, self._command("prepare", f"--release DIR {_ANY_STUDY}"))

    def weights(self, key: str) -> Location:
        """A checkpoint."""
        return Location(self.path / "weights" / key, self._command("weights", _ANY_STUDY))

    def engine(self, key: str) -> Location:
        """A quantised model, or a choice of precision."""
        return Location(self.path / "engines" / key, self._command("engine", _ANY_STUDY))

    def features(self, key: str) -> Location:
        """The features of every view."""
        return Location(self.path / "features" / key, self._command("embed", _ANY_STUDY))

    def candidates(self, key: str) -> Location:
        """Where calcifications may be, in each image."""
        return Location(self.path / "candidates" / key, self._command("train", _ANY_STUDY))

    def inflation(self, key: str) -> Location:
        """A model's figure under protocols that flatter."""
        return Location(self.path / "inflation" / key, self._command("inflation", _ANY_STUDY))

    def reference(self, key: str) -> Location:
        """What training images look like to a base."""
        return Location(self.path / "references" / key, self._command("predict", "--run RUN FILES"))

    def comparison(self, key: str) -> Path:
        """Runs beside each other."""
        return self.path / "comparisons" / key

    @property
    def exports(self) -> Path:
        """Where files of `mammo export` are unpacked, each into a root of its own."""
        return self.path / "exports"

    def list_runs(self) -> list[str]:
        """The names of the runs that have begun."""
        return sorted(study.parent.name for study in self.path.glob(f"runs/[!.]*/{STUDY}"))

    def run(self, name: str) -> "RunFolder":
        """A run's folder; it need not be there."""
        return RunFolder(self, name)

    def search(self, name: str) -> "SearchFolder":
        """A search's folder; it need not be there."""
        return SearchFolder(self.path / "searches" / name)

    def _command(self, stage: str, rest: str) -> str:
        return f"mammo {stage} --root {self.path} {rest}"


@dataclass(frozen=True)
class RunFolder:
    """ROOT/runs/<run>: the models of one configuration, their figures and their report."""

    root: Root
    name: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.root.path / "runs" / self.name

    @property
    def study(self) -> Path:
        """The run's configuration, every default spelled out."""
        return self.path / STUDY

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    @property
    def card(self) -> Path:
        """What the models are, for those who did not make them."""
        return self.path / "model_card.md"

    def recalibration(self, key: str) -> Path:
        """The models' calibration to a site."""
        return self.path / "recalibrations" / key

    @property
    def export(self) -> Path:
        """The run as one file, with how it was checked."""
        return self.path / "export"

    @property
    def training_command(self) -> str:
        """The command that trains a model of this run; --fold K or --all must follow."""
        return f"mammo train --root {self.root.path} --run {self.name} {_ANY_STUDY}"

    def model(self, model: str) -> Location:
        """A trained model: fold0, fold1, ... or all."""
        which = "--all" if model == ALL else f"--fold {fold_number(model)}"
        return Location(self.path / model, f"{self.training_command} {which}")

    def units(self, model: str) -> Location:
        """What the units of a trained model do."""
        command = f"mammo units --root {self.root.path} --run {self.name} --model {model}"
        return Location(self.path / "units" / model, command)

    @property
    def evaluation(self) -> Location:
        """The figures."""
        command = f"mammo evaluate --root {self.root.path} --run {self.name}"
        return Location(self.path / "evaluation", command)

    def explanations(self, model: str) -> Location:
        """What methods of explanation say of a model."""
        command = f"mammo explain --root {self.root.path} --run {self.name} --model {model}"
        return Location(self.path / "explanations" / model, command)

    def predictions(self, key: str) -> Location:
        """Predictions of new images."""
        command = f"mammo predict --root {self.root.path} --run {self.name} FILES"
        return Location(self.path / "predictions" / key, command)


@dataclass(frozen=True)
class SearchFolder:
    """ROOT/searches/<name>: the trials of one search, and what came of them."""

    path: Path

    @property
    def study(self) -> Path:
        """What every trial has in common, every default spelled out."""
        return self.path / STUDY

    @property
    def space(self) -> Path:
        """What the trials are drawn from."""
        return self.path / "space.json"

    @property
    def best(self) -> Path:
        """The best setting, a study of its own."""
        return self.path / "best.yaml"

    @property
    def figures(self) -> Path:
        """What came of the trials."""
        return self.path / "search.json"

    @property
    def trials(self) -> Path:
        """What the heads of each trial say."""
        return self.path / "trials"

    @property
    def table(self) -> Path:
        """The trials, a line each."""
        return self.path / "trials.csv"

    @property
    def page(self) -> Path:
        """The same for a reader."""
        return self.path / "search.html"


def scores_file(context: str) -> str:
    """The name of the predictions in a context; `context` is branch or exam."""
    return f"predictions-{context}.csv"


def weights_file(kind: str) -> str:
    """The name of a model's file of weights; `kind` is best or last."""
    return f"{kind}.weights.h5"
