"""YAML documents whose values know where they are."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.local.manifests.located_yaml import LocatedValue, read_documents


@pytest.fixture
def document(tmp_path: Path) -> LocatedValue:
    path = tmp_path / "job.yaml"
    path.write_text(
        "spec:\n  pods:\n    - name: one\n      count: 2\n      ready: true\n---\n---\na: 1\n"
    )
    return read_documents(path)[0]


def test_documents_in_order_without_the_empty_ones(tmp_path: Path):
    """A file holds as many documents as are not empty."""
    path = tmp_path / "two.yaml"
    path.write_text("---\n# nothing\n---\na: 1\n---\nb: 2\n")
    assert [each.value for each in read_documents(path)] == [{"a": 1}, {"b": 2}]


def test_values_are_found(document: LocatedValue):
    """By name, by path, in lists; a default replaces what is missing."""
    (pod,) = document.at("spec.pods", list).items()
    assert pod.text("name") == "one"
    assert pod.get("count", int).value == 2
    assert pod.get("missing", int, 1).value == 1


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda d: d.get("kind", str), "kind is missing"),
        (lambda d: d.at("spec.jobs.name", str), "spec.jobs is missing"),
        (lambda d: d.get("spec", list), r"spec must be a list; got \{'pods'"),
        (
            lambda d: d.at("spec.pods", list).items()[0].get("name", int),
            r"spec\.pods\[0\]\.name must be a whole number; got 'one'",
        ),
        (
            lambda d: d.at("spec.pods", list).items()[0].get("ready", int),
            r"spec\.pods\[0\]\.ready must be a whole number; got True",
        ),
        (lambda d: LocatedValue("text", d.where, "a").get("b", str), r"a\.b is missing"),
        (
            lambda d: d.get("spec", dict).allow({"jobs"}, {"more"}),
            r"spec\.pods is not supported by mammo study",
        ),
    ],
    ids=["missing", "missing parent", "kind", "kind in list", "bool", "no mapping", "unknown"],
)
def test_an_error_names_file_and_field(document: LocatedValue, read, message: str):
    """What is missing, of another kind or unknown is told with its file and its field."""
    with pytest.raises(ConfigError, match=f"^{document.where}: {message}"):
        read(document)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: [\n", r":3: not valid YAML: "),
        (b"a: 1\na: 2\n", r":2: not valid YAML: .*\ba\b"),
        (b"\xff\xfe\xfa", r": not valid YAML: not UTF-8$"),
        (b"- a\n", r": the document must be a mapping; got \['a'\]$"),
        (None, r": cannot be read: No such file or directory$"),
    ],
    ids=["syntax", "duplicate key", "not text", "list", "missing"],
)
def test_what_is_no_document(tmp_path: Path, content: bytes | None, message: str):
    """A file that cannot be read is one line with the file and, where there is one, the line."""
    path = tmp_path / "odd.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"^{path}{message}"):
        read_documents(path)
