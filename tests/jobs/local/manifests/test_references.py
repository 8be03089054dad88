"""Claims and ConfigMaps that Jobs name, and what takes their place on this machine."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.config.sections import DataConfig, TrainConfig
from jobs.config.study import Study, load_study
from jobs.local.manifests.pod import Step
from tests.jobs.local.manifests.copies import CONTAINER, edit, steps


def test_the_configmaps_file_is_written_once(folder: Path):
    """Its place follows from its text: reading the manifests again leaves it alone."""
    first = steps(folder)["weights"].arguments[-1]
    written = Path(first).stat()
    assert steps(folder)["weights"].arguments[-1] == first
    assert Path(first).stat().st_ino == written.st_ino
    edit(folder, "study-config.yaml", "seed: 20", "seed: 21")
    other = Path(steps(folder)["weights"].arguments[-1])
    assert load_study(other).seed == 21 and load_study(Path(first)).seed == 20


def test_config_and_run_replace_entries_of_the_configmap(folder: Path, tmp_path: Path):
    """--config is used where it is, so that paths in it hold; --run is $(RUN)."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("seed: 5\n")
    found = steps(folder, study=mine, run="second")
    assert found["weights"].arguments[-1] == str(mine)
    assert found["report"].arguments[3:5] == ("--run", "second")
    assert not (tmp_path / "config").exists()


def test_keys_that_are_set_change_the_study_for_all_steps(folder: Path, tmp_path: Path):
    """--set changes the ConfigMap's study.yaml, or --config's: all steps read one file of it."""
    first = steps(folder, overrides=["train.epochs=3", "data.folds=2"])
    assert [name for name in first if name.startswith("train-fold")] == [
        "train-fold 0",
        "train-fold 1",
    ]
    (config,) = {Path(_value_of(step, "--config")) for step in first.values()} - {Path()}
    assert load_study(config) == Study(data=DataConfig(folds=2), train=TrainConfig(epochs=3))
    mine = tmp_path / "mine.yaml"
    mine.write_text("seed: 5\nmodel: {weights: mine.h5}\n")
    second = steps(folder, study=mine, overrides=["train.epochs=3"])
    (config,) = {Path(_value_of(step, "--config")) for step in second.values()} - {Path()}
    study = load_study(config)
    assert (study.seed, study.train.epochs) == (5, 3)
    assert study.model.weights == str(tmp_path / "mine.h5")
    assert mine.read_text() == "seed: 5\nmodel: {weights: mine.h5}\n"


def _value_of(step: Step, option: str) -> str:
    words = [*step.arguments, option, ""]
    return words[words.index(option) + 1]


def test_a_wrong_study_is_named_where_the_user_changes_it(folder: Path, tmp_path: Path):
    """The ConfigMap's file, --config's, or --set: never the copy that steps read."""

    def told(**options: object) -> str:
        with pytest.raises(ConfigError) as caught:
            steps(folder, **options)
        return str(caught.value)

    assert told(overrides=["seed=x"]).startswith("--set seed=x: seed must be a whole number")
    mine = tmp_path / "mine.yaml"
    mine.write_text("seed: x\n")
    assert told(study=mine, overrides=["train.epochs=3"]).startswith(f"{mine}: seed must be ")
    edit(folder, "study-config.yaml", "seed: 20", "seed: x")
    wanted = f"{folder}/study-config.yaml: data.study.yaml: seed must be a whole number"
    assert told().startswith(wanted)
    assert told(overrides=["train.epochs=3"]).startswith(wanted)


def test_a_claim_is_known_by_its_label(folder: Path, tmp_path: Path):
    """Its name may change, as a namePrefix of kustomize does it."""
    for path in folder.glob("*.yaml"):
        path.write_text(path.read_text().replace("claimName: ", "claimName: mine-"))
    for name in ("release", "root"):
        edit(folder, "volumes.yaml", f"  name: {name}\n", f"  name: mine-{name}\n")
    prepare = steps(folder)["prepare"]
    assert {f"{tmp_path}/root", f"{tmp_path}/release"} <= set(prepare.arguments)


DEFECTS = {
    "missing ConfigMap": (
        ("report.yaml", "                  name: study\n", "                  name: studie\n"),
        rf"report.yaml: {CONTAINER}\.env\[0\]\.valueFrom\.configMapKeyRef\.name names a ConfigMap "
        r"that is missing; got 'studie'$",
    ),
    "missing ConfigMap volume": (
        (
            "weights.yaml",
            "          configMap:\n            name: study",
            "          configMap:\n            name: x",
        ),
        r"weights.yaml: spec\.template\.spec\.volumes\[1\]\.configMap\.name names a ConfigMap",
    ),
    "missing entry": (
        ("report.yaml", "key: run", "key: name"),
        r"report.yaml: .*configMapKeyRef\.key names an entry that .*study-config.yaml does not "
        r"have; got 'name'$",
    ),
    "missing file of a ConfigMap": (
        ("weights.yaml", "/mammo/config/study.yaml", "/mammo/config/stdy.yaml"),
        rf"weights.yaml: {CONTAINER}\.args\[4\] names an entry .*; got 'stdy.yaml'$",
    ),
    "missing claim": (
        ("weights.yaml", "claimName: root", "claimName: rot"),
        r"weights.yaml: .*volumes\[0\]\.persistentVolumeClaim\.claimName names a "
        r"PersistentVolumeClaim that is missing; got 'rot'$",
    ),
    "a claim of another component": (
        ("volumes.yaml", "component: root", "component: scratch"),
        r"volumes.yaml: metadata\.labels\.app\.kubernetes\.io/component must be release or root: "
        r"mammo study has a folder for each; got 'scratch'$",
    ),
    "a claim of no component": (
        ("volumes.yaml", "    app.kubernetes.io/component: root\n", ""),
        r"volumes.yaml: metadata\.labels\.app\.kubernetes\.io/component must be release or root: "
        r"mammo study has a folder for each; got ''$",
    ),
    "study.yaml that is wrong": (
        ("study-config.yaml", "folds: 5", "fold: 5"),
        r"study-config.yaml: data\.study\.yaml: unknown key data.fold; did you mean folds",
    ),
    "no study.yaml": (
        ("study-config.yaml", "study.yaml: |", "other.yaml: |"),
        rf"weights.yaml: {CONTAINER}\.args\[4\] names an entry .*; got 'study.yaml'$",
    ),
    "two Jobs of one name": (
        (
            "prepare.yaml",
            "kind: Job\nmetadata:\n  name: prepare",
            "kind: Job\nmetadata:\n  name: weights",
        ),
        r"prepare.yaml: metadata\.name names a Job that .*weights.yaml already has; got 'weights'$",
    ),
}


@pytest.mark.parametrize(("defect", "message"), DEFECTS.values(), ids=DEFECTS)
def test_what_cannot_be_found(folder: Path, defect: tuple[str, str, str], message: str):
    """One line with the file, the field that names it, and the name."""
    edit(folder, *defect)
    with pytest.raises(ConfigError, match=rf"^{folder}/{message}") as caught:
        steps(folder)
    assert "\n" not in str(caught.value)
