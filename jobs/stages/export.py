"""a finished run -> one file. Reads runs/<run>/ and dataset/; writes runs/<run>/export/.

The file has all that `mammo predict --model FILE` needs on another machine, and for other programs
the models as a SavedModel of TensorFlow and as ONNX. Both are run on images of the test set here,
and must give the probabilities that the run predicted.
"""

import argparse
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.artifacts.layout import METRICS, Location
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.progress import Watch

if TYPE_CHECKING:
    from jobs.artifacts.archive import Entry

FORMAT = 1
_CHECKED = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo export`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)
    parser.add_argument(
        "--images",
        type=int,
        default=_CHECKED,
        metavar="N",
        help="on how many images of the test set the graphs are checked (default: %(default)s)",
    )


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The run as one file."""
    from jobs.data.dataset import open_dataset

    run = open_run(options.root, options.run)
    models = run.require_models()
    evaluation = run.require_evaluation(models)
    dataset = open_dataset(options.root, run.study)
    inputs = {model: manifest.key for model, manifest in models.items()}
    inputs |= {"evaluation": evaluation.key, "dataset": dataset.key}
    recipe = Recipe("export", inputs, {"images": options.images, "run": options.run}, FORMAT)
    fill = functools.partial(_fill, run, models, dataset, options.images)
    return ArtifactPlan(run.folder.export, recipe, fill)


def _fill(
    run: Run, models: Mapping[str, Manifest], dataset: Any, images: int, draft: Draft, watch: Watch
) -> None:
    from tempfile import TemporaryDirectory

    from jobs.artifacts.archive import run_entries, write_archive
    from jobs.evaluation.predictions import weights_on_test
    from jobs.export.calibration import describe_calibration
    from jobs.export.check import check_graphs
    from jobs.export.ensemble import load_ensemble
    from jobs.export.onnx_model import import_onnx, read_onnx, write_onnx
    from jobs.export.saved_model import read_saved_model, write_saved_model

    import_onnx()
    kinds = {model: weights_on_test(model) for model in models}
    entries = run_entries(run, models, kinds, _needed(run, models))
    ensemble = load_ensemble(run)
    with TemporaryDirectory(dir=draft.folder, prefix=".") as name:
        folder = Path(name)
        write_saved_model(ensemble, folder / "saved_model")
        write_onnx(ensemble, folder / "model.onnx")
        graphs = {
            "SavedModel": read_saved_model(folder / "saved_model"),
            "ONNX model": read_onnx(folder / "model.onnx"),
        }
        checks = check_graphs(ensemble, graphs, run, dataset, images, watch)
        metrics = json.loads((run.folder.evaluation.folder / METRICS).read_text(encoding="utf-8"))
        calibration = describe_calibration(metrics, list(models))
        entries += [*_files(folder), _text("calibration.json", calibration)]
        about = {"run": run.folder.name, "models": list(models), "checks": checks}
        write_archive(draft.folder / f"{run.folder.name}.zip", about, entries)
    draft.notes["checks"] = checks


def _needed(run: Run, models: Mapping[str, Manifest]) -> list[Location]:
    """The artifacts that the models cannot do without: checkpoint, quantised base."""
    base = next(iter(models.values())).notes["base"]
    found = [run.root.weights(base["weights"])] if base.get("weights") else []
    return [*found, run.root.engine(base["engine"])] if base.get("engine") else found


def _files(folder: Path) -> Iterator["Entry"]:
    from jobs.artifacts.archive import Entry

    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Entry(path.relative_to(folder).as_posix(), path)


def _text(name: str, value: object) -> "Entry":
    from jobs.artifacts.archive import Entry

    return Entry(name, f"{json.dumps(value, indent=1, sort_keys=True)}\n".encode())
