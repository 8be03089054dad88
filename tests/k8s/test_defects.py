"""The checks find something: each defect that is put into sound manifests."""

from functools import cache
from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from tests.k8s.checks import ALONE, TOGETHER, problems
from tests.k8s.checks.documents import Node, read
from tests.k8s.defects import DEFECTS

K8S = Path(__file__).parents[2] / "k8s"
FILES = {
    name: K8S / name
    for name in (
        "volumes.yaml",
        "study-config.yaml",
        "prepare.yaml",
        "embed.yaml",
        "train-fold.yaml",
    )
} | {"more.yaml": Path(__file__).parent / "more.yaml"}


@cache
def sound(name: str) -> list[Node]:
    return read(FILES[name])


def with_defect(name: str, old: str, new: str, folder: Path) -> list[Node]:
    """The sound set with a text of one file replaced, wherever it occurs."""
    text = FILES[name].read_text()
    assert old in text, f"{name} no longer has {old!r}"
    copy = folder / name
    copy.write_text(text.replace(old, new))
    return [node for file in FILES for node in (read(copy) if file == name else sound(file))]


def test_what_is_broken_is_sound():
    """No check finds anything in the set that the defects are put into."""
    assert problems([node for name in FILES for node in sound(name)], addon="jobset") == {}


@pytest.mark.parametrize(
    ("checks", "file", "old", "new", "words"),
    DEFECTS,
    ids=[f"{checks}-{new.strip() or old.strip()}" for checks, _, old, new, _ in DEFECTS],
)
def test_defect(checks: str, file: str, old: str, new: str, words: str, tmp_path: Path):
    """It is found by the checks that are for it and by no other, in words that say where."""
    found = problems(with_defect(file, old, new, tmp_path), addon="jobset")
    assert found.keys() == set(checks.split())
    lines = [line for each in found.values() for line in each]
    assert all(words in line and "\n" not in line for line in lines)
    assert any(f"/{file}: " in line for line in lines)


def test_each_check_has_a_defect():
    """There is no check that has never found anything."""
    known = {check.__name__ for check in [*ALONE, *TOGETHER]} | {"kinds"}
    assert {name for checks, *_ in DEFECTS for name in checks.split()} == known


def test_a_duplicate_key(tmp_path: Path):
    """The API server silently takes the last of two values: here it is an error with its line."""
    with pytest.raises(ConfigError, match=r"prepare.yaml:\d+: .*restartPolicy"):
        once = "      restartPolicy: Never\n"
        with_defect("prepare.yaml", once, once * 2, tmp_path)
