"""The built site, read: its pages, what they link to and what they load."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BUILD = """
import sys

def refuse(event, arguments):
    if event == "socket.connect":
        raise OSError(f"the build must not use the network: {arguments}")

sys.addaudithook(refuse)
from mkdocs.__main__ import cli
cli(["build", "--strict", "--site-dir", sys.argv[1]])
"""


@dataclass
class Page(HTMLParser):
    """A built page: its text, what can be linked to in it, what it links to, what it loads."""

    text: str = ""
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag's id and address."""
        given = {name: value for name, value in attrs if value}
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in ("next", "prev"):
            self.loads.append(given["href"])
        elif "src" in given:
            self.loads.append(given["src"])

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self.text += data

    def section(self, title: str) -> str:
        """The text from a heading to the next one; each heading ends with its permalink."""
        return self.text.partition(f"{title}\N{PILCROW SIGN}")[2].partition("\N{PILCROW SIGN}")[0]


@dataclass(frozen=True)
class Site:
    """The site in a folder: what mkdocs said, and its pages by their paths."""

    folder: Path
    log: str
    pages: dict[str, Page]


def build(folder: Path) -> Site:
    """Builds the site as `make docs` does, with every connection refused."""
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        page = pages[path.relative_to(folder).as_posix()] = Page()
        page.feed(path.read_text(encoding="utf-8"))
    return Site(folder, done.stdout, pages)
