"""The walls: which room may know which, and who may import what is heavy, or talk to the world."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from jobs.cli import COMMANDS

ROOT = Path(__file__).parents[1]
OPENVINO = "jobs.model.openvino_runtime"
TENSORFLOW = ("tensorflow", "keras")
HEAVY = (*TENSORFLOW, "openvino", "tensorflow_datasets", "nvidia", "matplotlib", "sklearn")

FOUNDATION = {
    "jobs.artifacts.publish",
    "jobs.common.atomic_write",
    "jobs.config.names",
    "jobs.config.sections",
    "jobs.config.study",
    "jobs.common.errors",
    "jobs.common.resources",
    "jobs.common.versions",
    "jobs.config.schema",
    "jobs.config.strict_yaml",
}
"""What all others stand on: artifacts, config and errors, and what these are made of."""


@cache
def modules() -> dict[str, Path]:
    """All modules of both packages by their dotted names."""
    found = {}
    for package in ("jobs", "mammo_tfds"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports(module: str) -> frozenset[str]:
    """All that a module imports, at its top, within functions or for types alone."""
    return frozenset(_names(ast.walk(_tree(module))))


@cache
def imports_at_once(module: str) -> frozenset[str]:
    """What is imported as soon as a module is: not what its functions do, nor types alone."""
    todo: list[ast.AST] = [_tree(module)]
    met = []
    while todo:
        node = todo.pop()
        for child in ast.iter_child_nodes(node):
            typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            if not typing and not isinstance(child, ast.FunctionDef):
                todo.append(child)
                met.append(child)
    return frozenset(_names(iter(met)))


@cache
def inner(module: str) -> frozenset[str]:
    """The modules of ours that it imports, and the packages that these lie in."""
    names = imports(module)
    around = {name.rsplit(".", cut)[0] for name in names for cut in range(name.count(".") + 1)}
    return frozenset((names | around) & modules().keys() - {module})


def _tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text())


def _names(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(module: str) -> set[str]:
    """The module and all of ours that it comes to import, sooner or later."""
    found, todo = {module}, [module]
    while todo:
        new = inner(todo.pop()) - found
        found |= new
        todo += new
    return found


def outer(module: str, names: tuple[str, ...]) -> set[str]:
    """Which of some top-level packages a module imports."""
    return {name.partition(".")[0] for name in imports(module)} & set(names)


def of(package: str) -> list[str]:
    return [name for name in modules() if name.startswith(f"{package}.")]


STAGES = of("jobs.stages")
LIBRARY = [name for name in of("jobs") if not name.startswith(("jobs.stages", "jobs.cli"))]


# Who knows whom


@pytest.mark.parametrize("module", ["mammo_tfds", *of("mammo_tfds")])
def test_the_dataset_knows_nothing_of_the_jobs(module: str):
    """mammo_tfds imports nothing of jobs."""
    assert not {name for name in imports(module) if name.split(".")[0] == "jobs"}


@pytest.mark.parametrize("module", sorted(FOUNDATION))
def test_the_foundation_stands_on_itself(module: str):
    """artifacts, config and errors import no other module of jobs."""
    packages = {name for name, path in modules().items() if path.name == "__init__.py"}
    ours = {name for name in inner(module) - packages if name.startswith("jobs.")}
    assert ours <= FOUNDATION


@pytest.mark.parametrize("module", LIBRARY)
def test_a_library_module_knows_no_stage(module: str):
    """What stages and the command line call does not call them."""
    known = inner(module)
    assert not {name for name in known if name.startswith(("jobs.stages", "jobs.cli"))}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_knows_no_other(stage: str):
    """A stage hands over artifacts; only `study`, which runs all, knows the command line."""
    known = {name for name in inner(stage) if name.startswith(("jobs.stages.", "jobs.cli"))}
    assert known == ({"jobs.cli"} if stage == "jobs.stages.study" else set())


def test_imports_go_one_way():
    """No module imports itself by way of others."""
    packages = {name for name, path in modules().items() if path.name == "__init__.py"}
    graph = {name: inner(name) - packages for name in modules()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


# A command is its stage


def test_each_command_is_a_stage():
    """jobs/stages has one file a command, named like it."""
    assert {name.rpartition(".")[2] for name in STAGES} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stage_s_form(command: str):
    """It says what it makes of what, takes options and a watch, and no more."""
    stage = import_module(f"jobs.stages.{command}")
    assert " -> " in (stage.__doc__ or "").partition(". ")[0]
    assert list(inspect.signature(stage.add_arguments).parameters) == ["parser"]
    assert list(inspect.signature(stage.run).parameters) == ["options", "watch"]


# What is heavy


def test_one_job_imports_openvino():
    """OpenVINO, which need not be there, has one door: jobs/model/openvino_runtime.py."""
    assert [name for name in of("jobs") if outer(name, ("openvino",))] == [
        "jobs.model.openvino_runtime"
    ]
    assert "openvino" not in {name.partition(".")[0] for name in imports_at_once(OPENVINO)}


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
        *(f"jobs.stages.{name}" for name in ("check", "prepare", "evaluate", "report", "verify")),
        "jobs.views.source",
        "jobs.views.shared_segment",
        "jobs.views.dali",
    ],
)
def test_who_never_comes_to_tensorflow(module: str):
    """Whatever they do, these import no module of ours that imports it."""
    assert "jobs.model.tf_runtime" not in reached(module)


def loaded(script: str) -> set[str]:
    """The heavy packages that a script has imported in the end, in a process of its own."""
    tell = f"import sys; print('loaded', *set({HEAVY}) & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{tell}"],
        cwd=ROOT,
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
    """Only jobs/model/checkpoint.py, for the stage `weights`, fetches anything."""
    network = {"urllib", "http", "requests", "httpx", "aiohttp", "ftplib"}
    found = [name for name in modules() if outer(name, tuple(network))]
    assert found == ["jobs.model.checkpoint"]
