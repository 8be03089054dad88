"""A hook of mkdocs (see mkdocs.yml): the pages and tables that are taken from the code.

A line `<!-- generated: commands -->` in a page of docs/ is replaced by what GENERATED has under
that name, called with the words that follow it. What is generated is never committed.
"""

import re
from collections.abc import Callable
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

import packages
import reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

ELSEWHERE = (
    "CHANGELOG.md",
    "docker/README.md",
    "k8s/README.md",
    "overlays/README.md",
    "tests/benchmarks/README.md",
)
"""Pages of the site that lie beside what they describe, outside docs/."""

GENERATED: dict[str, Callable[..., str]] = {
    "commands": reference.commands,
    "configuration": reference.configuration,
    "exit-codes": reference.exit_codes,
    "api": packages.api,
    "tree": packages.tree,
    "imports": packages.imports,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that lie outside docs/, under the same paths as in the repository."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Replaces each `<!-- generated: NAME ARGUMENTS -->`, and links across the border of docs/."""
    markdown = re.sub(r"(?<=\]\()[^)#:]+", lambda found: _link(found[0], page), markdown)
    return re.sub(r"^<!-- generated: (.+) -->$", _generated, markdown, flags=re.MULTILINE)


def _link(link: str, page: Page) -> str:
    """A link as the site needs it, where docs/ and what lies beside it are one tree."""
    here = page.file.src_uri
    target = normpath(join(dirname(here if here in ELSEWHERE else f"docs/{here}"), link))
    if target in ELSEWHERE or target.startswith("docs/"):
        return relpath(target.removeprefix("docs/"), dirname(here) or ".")
    return link


def _generated(found: re.Match[str]) -> str:
    name, *arguments = found[1].split()
    return GENERATED[name](*arguments)
