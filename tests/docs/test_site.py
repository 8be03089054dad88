"""The site of docs/: it builds without a warning, has everything in it, and loads nothing else."""

import importlib
import re
from urllib.parse import urldefrag, urlsplit

import pytest

from jobs import cli
from jobs.common.errors import ExitCode
from jobs.config.study import Study, plain
from tests.docs.site import ROOT, Site

KEYS = [
    (f"{name}.{key}", value[key]) if isinstance(value, dict) else (name, value)
    for name, value in plain(Study()).items()
    for key in (value if isinstance(value, dict) else [name])
]
INITS = sorted(ROOT.glob("jobs/*/__init__.py"))
PUBLIC = [
    name
    for name in ("mammo_tfds", *(f"jobs.{path.parent.name}" for path in INITS))
    if hasattr(importlib.import_module(name), "__all__")
]


def test_no_warning(site: Site):
    """mkdocs and its plugins have nothing to complain about."""
    assert "Documentation built" in site.log
    assert not re.findall("warning|error|deprecat", site.log, re.IGNORECASE), site.log


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command(site: Site, command: str, capsys: pytest.CaptureFixture[str]):
    """Each command has a section, with each option that its --help has."""
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--debug"}
    section = site.pages["commands.html"].section(f"mammo {command}")
    assert f"usage: mammo {command}" in section
    assert options <= set(re.findall(r"--[a-z-]+", section))


@pytest.mark.parametrize(("key", "default"), KEYS)
def test_every_key(site: Site, key: str, default: object):
    """Each key of study.yaml can be linked to; its default and its meaning stand beside it."""
    page = site.pages["configuration.html"]
    assert key in page.ids
    row = page.text.partition(f"\n{key}\n")[2].splitlines()[:3]
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    assert row[0] == shown
    assert len(row[1].split()) >= 3


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code(site: Site, code: ExitCode):
    """Each exit code has a row."""
    assert f"\n{code.value}\n" in site.pages["exit-codes.html"].text


@pytest.mark.parametrize("package", PUBLIC)
def test_every_public_name(site: Site, package: str):
    """Each name that a package offers has a heading on the package's page."""
    page = site.pages[f"api/{package.removeprefix('jobs.')}.html"]
    for name in importlib.import_module(package).__all__:
        if not name.startswith("_"):
            assert f"{package}.{name}" in page.text
            assert any(re.fullmatch(rf"{package}\..*\b{name}", each) for each in page.ids), name


def test_examples_use_public_names():
    """The pages' examples import what the packages offer."""
    for path in ROOT.glob("docs/**/*.md"):
        text = path.read_text(encoding="utf-8")
        for package, names in re.findall(r"^from (jobs\.\w+) import (.+)", text, re.MULTILINE):
            if package in PUBLIC:
                assert set(names.split(", ")) <= set(importlib.import_module(package).__all__), path


def test_every_package(site: Site):
    """The architecture's tree has each package."""
    text = site.pages["architecture.html"].text
    for path in (*ROOT.glob("jobs/**/__init__.py"), *ROOT.glob("mammo_tfds/**/__init__.py")):
        assert re.search(rf"^ *{path.parent.name}/ +\w", text, re.MULTILINE), path


def test_links(site: Site):
    """Each link within the site leads to a page that is there, and to a place in it."""
    followed = 0
    for path, page in site.pages.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            if urlsplit(link).scheme or path == "404.html":
                continue
            target = (site.folder / path).parent / address if address else site.folder / path
            found = target.resolve().relative_to(site.folder.resolve()).as_posix()
            assert found in site.pages or target.is_file(), f"{path}: {link}"
            assert not anchor or anchor in site.pages[found].ids, f"{path}: {link}"
            followed += 1
    assert followed > 100


def test_nothing_is_loaded_from_elsewhere(site: Site):
    """Scripts, styles, fonts and pictures lie in the site: it can be read offline."""
    for path, page in site.pages.items():
        assert page.loads
        for address in page.loads:
            assert not urlsplit(address).netloc, f"{path}: {address}"
    styles = [path.read_text(encoding="utf-8") for path in site.folder.rglob("*.css")]
    assert styles
    assert not [url for style in styles for url in re.findall(r"(?:@import|url\()[^;)]*//", style)]
