"""The rooms of the code, and which of them import which: read from the code itself.

A room is a package directly in jobs/ or mammo_tfds/, or a module that lies there alone. An arrow is
a pair of rooms of which one imports the other, at a module's top, within functions or for types.

    python -m tests.rooms [--modules]

prints all arrows and their number; with --modules, of single modules.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("jobs", "mammo_tfds")

Arrows = dict[str, set[str]]
"""A room, or a module, and those that it imports."""


@cache
def modules() -> dict[str, Path]:
    """All modules of both packages by their dotted names."""
    found = {}
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def room_of(module: str) -> str:
    """jobs.model.heads.conv_pool -> model; mammo_tfds.release.table -> mammo_tfds.release."""
    package, *rest = module.split(".")
    alone = not rest or (f"{package}.{rest[0]}" in modules() and not _is_package(package, rest[0]))
    if package == "mammo_tfds":
        return package if alone else f"{package}.{rest[0]}"
    return rest[0] if rest else package


def _is_package(*names: str) -> bool:
    return modules()[".".join(names)].name == "__init__.py"


@cache
def imports(module: str) -> frozenset[str]:
    """All that a module imports, at its top, within functions or for types alone."""
    tree = ast.parse(modules()[module].read_text())
    return frozenset(names(ast.walk(tree)))


def names(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """What import statements name: modules, and what is taken from them."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_arrows() -> Arrows:
    """The modules that each module imports. A package's own __init__ only names what is in it."""
    found = {name for name, path in modules().items() if path.name != "__init__.py"}
    return {name: set(imports(name) & found) - {name} for name in sorted(found)}


def room_arrows() -> Arrows:
    """The rooms that each room imports."""
    found: Arrows = {}
    for module in modules().keys() - {"jobs"}:
        imported = imports(module) & modules().keys() - {"jobs"}
        found.setdefault(room_of(module), set()).update(map(room_of, imported))
    return {room: imported - {room} for room, imported in found.items()}


def main(*options: str) -> None:
    """Prints the arrows, those who import nothing first; by name if there is a circle."""
    found = module_arrows() if "--modules" in options else room_arrows()
    try:
        rooms, circle = [*TopologicalSorter(found).static_order()], "no circle"
    except CycleError as error:
        rooms, circle = sorted(found), f"a circle: {' -> '.join(error.args[1])}"
    for room in rooms:
        print(f"{room:22} -> {', '.join(sorted(found.get(room, ())))}")
    print(f"{len(found)} rooms, {sum(map(len, found.values()))} arrows, {circle}")


if __name__ == "__main__":
    main(*sys.argv[1:])
