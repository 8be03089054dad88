"""What the repository's Markdown files name: each other, as where no site is built, and paths."""

import re
from pathlib import Path

import pytest

from tests.docs.site import ROOT

FILES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "*/*/README.md")
    for path in ROOT.glob(pattern)
    if not path.relative_to(ROOT).parts[0].startswith((".", "build", "shared"))
)
NAMED = re.compile(r"`((?:jobs|mammo_tfds|docker|docs|k8s|overlays|tests)/[\w./-]+)`")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#([^)\s]+))?\)")


def anchors(path: Path) -> set[str]:
    """What the headings of a Markdown file can be linked by."""
    titles = re.findall(r"^#+ (.+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w -]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in kept}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links(path: Path):
    """Each relative link leads to a file or folder of the repository, and to a heading in it."""
    for address, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        if not address.startswith(("https:", "mailto:")):
            target = path.parent / address
            assert target.exists(), address
            generated = "<!-- generated:" in target.read_text() if target.suffix == ".md" else False
            assert not anchor or generated or anchor in anchors(target), f"{address}#{anchor}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths(path: Path):
    """Each path of the repository that a text names is there."""
    for name in NAMED.findall(path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


def test_there_are_links():
    """The patterns find links at all, with and without anchors, and paths."""
    found = [link for path in FILES for link in LINK.findall(path.read_text(encoding="utf-8"))]
    assert len(found) > 50
    assert any(anchor for _, anchor in found)
    assert any(NAMED.search(path.read_text(encoding="utf-8")) for path in FILES)
