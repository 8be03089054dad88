"""The walls: which room may know which, and who may import what is heavy, or talk to the world."""

import ast
import inspect
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module

import pytest

from jobs.stages import COMMANDS
from tests.rooms import (
    REPOSITORY,
    imports,
    module_arrows,
    modules,
    names,
    room_arrows,
    room_of,
)

TENSORFLOW = ("tensorflow", "keras")
HEAVY = (*TENSORFLOW, "openvino", "tensorflow_datasets", "nvidia", "matplotlib", "sklearn")

DIRECTIONS = {
    "mammo_tfds.release": "",
    "mammo_tfds.pixels": "mammo_tfds.release",
    "mammo_tfds.phantom": "mammo_tfds.release mammo_tfds.pixels",
    "mammo_tfds.inbreast": "mammo_tfds.release mammo_tfds.pixels",
    "mammo_tfds": "mammo_tfds.inbreast",
    "common": "",
    "config": "common mammo_tfds.release mammo_tfds.pixels",
    "artifacts": "common config",
    "data": "common config artifacts mammo_tfds.release mammo_tfds.pixels mammo_tfds.inbreast",
    "model": "common config artifacts",
    "views": "common config artifacts data model mammo_tfds.release",
    "calcifications": "common config artifacts data views",
    "precision": "common config artifacts data views model",
    "features": "common config artifacts data views model precision",
    "evaluation": "common config artifacts",
    "training": "common config artifacts data views calcifications model features evaluation "
    "mammo_tfds.release",
    "plots": "common config evaluation",
    "report": "common config artifacts data views evaluation plots",
    "search": "common config artifacts data views features evaluation training plots report",
    "inflation": "common config data views features evaluation training report",
    "compare": "common config artifacts evaluation plots report",
    "export": "common config artifacts data views model features evaluation",
    "explain": "common config artifacts data views model features training evaluation plots",
    "predict": "common config artifacts data calcifications views model features evaluation "
    "mammo_tfds.release mammo_tfds.pixels",
    "local": "common config artifacts",
    "forecast": "common config artifacts data views calcifications model features local "
    "mammo_tfds.release mammo_tfds.phantom",
    "stages": "common config artifacts data calcifications model precision features training "
    "evaluation plots report search inflation compare export explain predict local forecast "
    "mammo_tfds.phantom",
    "completion": "config artifacts local stages",
    "cli": "common stages completion",
}
"""The rooms from the ground up, and which rooms each imports.

A new arrow is a decision: add it here, and say why in docs/decisions/0010. Single stages are
imported by their names, from `stages`."""


def test_what_a_study_imports_beforehand_is_there():
    """preload.py names modules by strings, which `rooms` does not see, and goes on without them."""
    nodes = ast.walk(ast.parse(modules()["jobs.training.preload"].read_text()))
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    named = {f"jobs.{text}" for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    assert named and named <= modules().keys()


def test_the_rooms_and_their_directions():
    """Each module lies in a room, and each room imports exactly those that the table has."""
    assert {room: set(allowed.split()) for room, allowed in DIRECTIONS.items()} == room_arrows()


def test_no_arrow_runs_up():
    """A room imports only rooms that stand above it in the table, which so has no circle."""
    order = list(DIRECTIONS)
    for room, imported in room_arrows().items():
        assert all(order.index(each) < order.index(room) for each in imported), room


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_lies_in_a_room(module: str):
    """None lies beside the rooms."""
    assert module == "jobs" or room_of(module) in DIRECTIONS


WITHOUT_A_TEST_FILE = {
    "jobs.explain.checks.collect": "tests/jobs/explain/checks/test_extra.py",
    **{
        f"jobs.compare.{name}": "tests/jobs/stages/test_compare.py"
        for name in ("comparison", "cost", "disagreements", "page", "scored_run")
    },
    "jobs.export.bundle": "tests/jobs/stages/test_export.py",
    "jobs.search.journal_file": "test_journal.py",
    "jobs.inflation.patches": "tests/jobs/stages/test_inflation.py",
    "jobs.inflation.protocols": "test_table.py",
    **{
        f"jobs.search.{name}": "tests/jobs/stages/test_search.py"
        for name in ("fit", "plan", "worker")
    },
    **{
        f"jobs.predict.{name}": "tests/jobs/stages/test_predict.py"
        for name in ("predictor", "reference_plan", "results")
    },
    "jobs.model.base": "test_classifier.py, test_trained.py",
    "jobs.model.depths": "tests/jobs/stages/test_predict.py",
    "jobs.model.model_group": "tests/jobs/stages/test_predict.py",
    "jobs.explain.compiled": "test_target.py",
    "jobs.explain.extras": "tests/jobs/stages/test_explain.py",
    "jobs.explain.masked_units": "tests/jobs/stages/test_explain.py",
    "jobs.explain.method": "test_location_map.py, test_options.py",
    "jobs.explain.methods": "test_options.py",
    "jobs.explain.finished": "tests/jobs/stages/test_explain.py",
    "jobs.explain.network.observed": "tests/jobs/stages/test_units.py",
    "jobs.explain.network.plan": "tests/jobs/stages/test_units.py",
    "jobs.explain.network.unit_pictures": "tests/jobs/stages/test_units.py",
    "jobs.explain.request": "tests/jobs/stages/test_explain.py",
    "jobs.explain.grad_cam": "test_gradients.py",
    "jobs.explain.gradient_times_input": "test_gradients.py",
    "jobs.explain.integrated_gradients": "test_gradients.py",
    "jobs.common.types": "names for types alone",
    "jobs.config.sections.rules": "the tests of the sections",
    "jobs.data.prepare": "tests/jobs/stages/test_prepare.py",
    "jobs.local.document": "tests/jobs/stages/test_study_ahead.py",
    "jobs.local.steps": "tests/jobs/stages/test_study.py",
    "jobs.precision.build": "tests/jobs/stages/test_engine.py",
    "jobs.training.inputs": "protocols; their implementations have tests",
    "jobs.training.named_run": "tests/jobs/training/test_start.py and test_join.py",
    "jobs.training.location_maps": "tests/jobs/stages/test_train_local.py",
    "jobs.training.live": "tests/jobs/stages/test_train_live.py",
    "jobs.training.calcifications.fit_branch": "tests/jobs/stages/test_train_calcifications.py",
    "jobs.training.plan": "tests/jobs/stages/test_train.py, test_ends.py, test_train_together.py",
    "mammo_tfds.pixels.syntaxes": "constants: test_opening.py, test_stream_header.py",
    "mammo_tfds.pixels.types": "names for types alone",
    "jobs.training.preload": "its import changes signals: tests/jobs/local/test_process_pool.py",
}
"""Modules without a test file of their own: why, or where they are tested."""


def test_tests_mirror_the_modules():
    """jobs/views/dali.py is tested in tests/jobs/views/test_dali.py, and so on."""
    without = set()
    for module, path in modules().items():
        *packages, name = module.split(".")
        tests = REPOSITORY.joinpath("tests", *packages, f"test_{name}.py")
        if path.name != "__init__.py" and not tests.exists():
            without.add(module)
    assert without == WITHOUT_A_TEST_FILE.keys()


def test_imports_go_one_way():
    """No module imports itself by way of others."""
    TopologicalSorter(module_arrows()).prepare()  # raises CycleError, which names them


def test_every_room_says_what_it_is_for():
    """Each package opens with a sentence on it."""
    for name, path in modules().items():
        if path.name == "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text())), name


@cache
def imports_at_once(module: str) -> frozenset[str]:
    """What is imported as soon as a module is: not what its functions do, nor types alone."""
    todo: list[ast.AST] = [ast.parse(modules()[module].read_text())]
    met = []
    while todo:
        node = todo.pop()
        for child in ast.iter_child_nodes(node):
            typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            if not typing and not isinstance(child, ast.FunctionDef):
                todo.append(child)
                met.append(child)
    return frozenset(names(iter(met)))


def imported_by(module: str) -> set[str]:
    """The module and all of ours that it comes to import, sooner or later."""
    found, todo = {module}, [module]
    while todo:
        new = module_arrows().get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def outer(module: str, names: tuple[str, ...]) -> set[str]:
    """Which of some top-level packages a module imports."""
    return {name.partition(".")[0] for name in imports(module)} & set(names)


def of(package: str) -> list[str]:
    return [name for name in modules() if name.startswith(f"{package}.")]


STAGES = of("jobs.stages")


# A command is its stage


def test_each_command_is_a_stage():
    """jobs/stages has one file a command, named like it."""
    assert {name.rpartition(".")[2] for name in STAGES} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stage_s_form(command: str):
    """It says what it makes of what; it has a plan or runs, and takes options and a watch."""
    stage = import_module(f"jobs.stages.{command}")
    assert " -> " in (stage.__doc__ or "").partition(". ")[0]
    assert list(inspect.signature(stage.add_arguments).parameters) == ["parser"]
    (action,) = (getattr(stage, name) for name in ("plan", "run") if hasattr(stage, name))
    assert list(inspect.signature(action).parameters) == ["options", "watch"]


# What is heavy


def test_one_job_imports_openvino():
    """OpenVINO, which need not be there, has one door: jobs/model/openvino_runtime.py."""
    assert [name for name in of("jobs") if outer(name, ("openvino",))] == [
        "jobs.model.openvino_runtime"
    ]
    assert "openvino" not in {
        name.partition(".")[0] for name in imports_at_once("jobs.model.openvino_runtime")
    }


def test_one_job_imports_tensorflow():
    """TensorFlow has one door, which sets its threads and determinism: jobs/model/tf_runtime.py."""
    assert [name for name in of("jobs") if outer(name, TENSORFLOW)] == ["jobs.model.tf_runtime"]


@pytest.mark.parametrize("module", modules())
def test_tensorflow_is_imported_where_it_is_used(module: str):
    """No module imports TensorFlow as soon as it is imported itself."""
    assert not {name.partition(".")[0] for name in imports_at_once(module)} & set(TENSORFLOW)


@pytest.mark.parametrize(
    "module",
    [
        *(
            f"jobs.stages.{name}"
            for name in (
                *("check", "prepare", "evaluate", "report", "verify"),
                *("compare", "recalibrate"),
            )
        ),
        "jobs.views.source",
        "jobs.views.shared_segment",
        "jobs.views.dali",
        "jobs.views.places",
        "jobs.calcifications.branch",
    ],
)
def test_these_modules_never_import_tensorflow(module: str):
    """Not even by way of other modules of this repository."""
    assert "jobs.model.tf_runtime" not in imported_by(module)


def loaded(script: str) -> set[str]:
    """The heavy packages that a script has imported in the end, in a process of its own."""
    tell = f"import sys; print('loaded', *set({HEAVY}) & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{tell}"],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    word, *names = done.stdout.splitlines()[-1].split()
    assert word == "loaded"
    return set(names)


PARSED = """
import contextlib
from jobs import cli
with contextlib.suppress(SystemExit):
    cli.main(["--help"])
for line in (
    "check there",
    "prepare --release there --root there --config study.yaml",
    "engine --root there --config study.yaml",
    "embed --root there --config study.yaml",
    "evaluate --root there --run first",
    "report --root there --run first",
    "verify there/runs/first there/runs/second",
    "compare there/runs/first there/runs/second",
    "recalibrate cases.csv --root there --run first",
    "export --root there --run first",
    "search --root there --config study.yaml --space space.yaml --name first",
    "inflation --root there --config study.yaml",
    "study",
):
    cli.parse(line.split())
"""


def test_help_is_light():
    """`mammo --help`, and any command line that is parsed, loads nothing heavy."""
    assert loaded(PARSED) == set()


def test_views_are_without_tensorflow():
    """Naming jobs.views loads nothing heavy; making views loads DALI, and no TensorFlow."""
    assert loaded("import jobs.config, jobs.data, jobs.views") == set()
    assert loaded("from jobs.views import make_views") == {"nvidia"}


def test_the_dataset_s_name_is_light():
    """`import mammo_tfds`, by which TFDS comes to know the dataset, loads nothing heavy."""
    assert loaded("import mammo_tfds") == set()


# What is never done


@pytest.mark.parametrize("module", modules())
def test_nothing_is_pickled(module: str):
    """No pickle, by whatever name: what is stored can be read without running it."""
    assert not outer(module, ("pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"))
    assert "allow_pickle=True" not in modules()[module].read_text()


def test_one_module_talks_to_the_network():
    """Only jobs/model/download.py, for the stage `weights`, fetches anything."""
    network = {"urllib", "http", "requests", "httpx", "aiohttp", "ftplib"}
    found = [name for name in modules() if outer(name, tuple(network))]
    assert found == ["jobs.model.download"]
