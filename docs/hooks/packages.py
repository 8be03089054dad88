"""The packages of jobs/ and mammo_tfds/: their public names, and who imports whom, as Markdown.

Sources are parsed rather than imported: some of them import TensorFlow.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from reference import table

ROOT = Path(__file__).parents[2]
TOPS = ("jobs", "mammo_tfds")
_BARE = "members: false, show_root_heading: false, show_root_toc_entry: false"


def api(package: str) -> str:
    """A package's docstring and its public names, `__all__`, as directives of mkdocstrings."""
    offered = getattr(importlib.import_module(package), "__all__", ())
    names = [name for name in offered if name[0] != "_"]
    parts = [f"::: {package}\n    options: {{{_BARE}}}"]
    for name in names:
        options = f"heading: {package}.{name}, toc_label: {name}"
        parts.append(f"::: {_definition(package, name)}.{name}\n    options: {{{options}}}")
    return "\n\n".join(parts)


def _definition(place: str, name: str) -> str:
    """The module that defines a name which a package offers, through its inner packages or not."""
    while (ROOT / place.replace(".", "/")).is_dir() and name in (offers := _offers(place)):
        place = offers[name]
    return place


def _offers(package: str) -> dict[str, str]:
    """The names that a package's `__init__` attaches or imports, and where it has each from."""
    found = {}
    for node in ast.walk(_init(package)):
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
            for module, names in ast.literal_eval(node.value).items():
                found.update(dict.fromkeys(names, f"{package}.{module}"))
        elif isinstance(node, ast.ImportFrom):
            found.update({alias.name: str(node.module) for alias in node.names})
    return found


def tree() -> str:
    """All packages, a line each: the first lines of their docstrings."""
    lines = []
    for package in _packages():
        name = f"{'    ' * package.count('.')}{package.rpartition('.')[2]}/"
        docstring = ast.get_docstring(_init(package)) or ""
        lines.append(f"{name:<20} {docstring.splitlines()[0]}")
    return "\n".join(("```text", *lines, "```"))


def imports() -> str:
    """What each room imports: a package right below jobs/ or mammo_tfds/, with all within it."""
    rows = []
    for room in (package for package in _packages() if package.count(".") == 1):
        paths = (ROOT / room.replace(".", "/")).rglob("*.py")
        others = {_room(name) for path in paths for name in _imported(path)} - {room, None}
        names = ", ".join(f"`{name}`" for name in sorted(map(str, others)))
        rows.append((f"`{room}`", names or "none of these"))
    return table(("room", "imports"), rows)


def _packages() -> list[str]:
    paths = [path.parent for top in TOPS for path in (ROOT / top).rglob("__init__.py")]
    return sorted(".".join(path.relative_to(ROOT).parts) for path in paths)


def _init(package: str) -> ast.Module:
    path = ROOT / package.replace(".", "/") / "__init__.py"
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, within its functions, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(name: str) -> str | None:
    """The room that a dotted name lies in; None of a library's."""
    top, *rest = name.split(".")
    if top not in TOPS:
        return None
    return f"{top}.{rest[0]}" if rest and (ROOT / top / rest[0]).is_dir() else top
