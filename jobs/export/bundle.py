"""The file that a run is exported to: what is in it, and that its graphs are right."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobs.artifacts.archive import Entry, run_entries, write_archive
from jobs.artifacts.layout import METRICS, Location
from jobs.artifacts.manifest import Manifest
from jobs.artifacts.run import Run
from jobs.common.progress import Watch
from jobs.data.dataset import Dataset
from jobs.evaluation.predictions import weights_on_test
from jobs.export.calibration import describe_calibration
from jobs.export.check import Graph, check_graphs
from jobs.export.ensemble import Ensemble, load_ensemble
from jobs.export.onnx_model import import_onnx, read_onnx, write_onnx
from jobs.export.saved_model import read_saved_model, write_saved_model
from jobs.model.trained import BASE


def write_bundle(
    path: Path,
    run: Run,
    models: Mapping[str, Manifest],
    dataset: Dataset,
    more: Sequence[Location],
    images: int,
    watch: Watch,
) -> dict[str, Any]:
    """Writes the file.

    Args:
        path: where.
        models: the manifests of the run's models.
        dataset: the run's.
        more: artifacts to take along that the models could do without.
        images: on how many images of the test set the graphs are checked.
        watch: is called with the number of images that are done.

    Returns:
        How far the graphs' probabilities are from the run's own, as contents.json holds it.

    Raises:
        ConfigError: the extra `onnx` is not installed.
        DataError: a graph gives other probabilities than the run.
    """
    import_onnx()
    kinds = {model: weights_on_test(model) for model in models}
    entries = run_entries(run, models, kinds, [*_needed(run, models), *more])
    metrics = json.loads((run.folder.evaluation.folder / METRICS).read_text(encoding="utf-8"))
    calibration = json.dumps(describe_calibration(metrics, list(models)), indent=1, sort_keys=True)
    entries.append(Entry("calibration.json", f"{calibration}\n".encode()))
    entries.append(Entry(run.folder.card.name, run.folder.card))
    ensemble = load_ensemble(run)
    with TemporaryDirectory(dir=path.parent, prefix=".") as name:
        graphs = _write_graphs(ensemble, Path(name))
        checks = check_graphs(ensemble, graphs, run, dataset, images, watch)
        about = {"run": run.folder.name, "models": list(models), "checks": checks}
        write_archive(path, about, [*entries, *_files(Path(name))])
    return checks


def _write_graphs(ensemble: Ensemble, folder: Path) -> dict[str, Graph]:
    """Writes both graphs, and reads them again."""
    write_saved_model(ensemble, folder / "saved_model")
    write_onnx(ensemble, folder / "model.onnx")
    return {
        "SavedModel": read_saved_model(folder / "saved_model"),
        "ONNX model": read_onnx(folder / "model.onnx"),
    }


def _needed(run: Run, models: Mapping[str, Manifest]) -> list[Location]:
    """The artifacts that the models cannot do without: checkpoint, quantised base."""
    base = next(iter(models.values())).notes[BASE]
    found = [run.root.weights(base["weights"])] if base["weights"] else []
    return [*found, run.root.engine(base["engine"])] if base["engine"] else found


def _files(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Entry(path.relative_to(folder).as_posix(), path)
