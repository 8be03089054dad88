"""Strategic-merge patches: by rule, and as kubectl lays them over."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.common.errors import ConfigError
from jobs.local.manifests.kustomize import render
from jobs.local.manifests.located_yaml import Field
from jobs.local.manifests.strategic_merge import merged
from tests.jobs.local.manifests.kubectl import by_name, rendered

BASE, PATCH = Path("base.yaml"), Path("patch.yaml")


def lay(base: dict[str, Any], patch: dict[str, Any], keyed: bool = True) -> dict[str, Any] | None:
    return merged(base, Field(patch, PATCH), keyed)


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"d": 3}}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {}}),
        ({"a": {"b": 1}, "c": 2}, {"a": {"$patch": "delete"}}, {"c": 2}),
        ({"args": ["a", "b"]}, {"args": ["c"]}, {"args": ["c"]}),
        ({"rules": [{"action": "Ignore"}]}, {"rules": [{"action": "FailJob"}]},
         {"rules": [{"action": "FailJob"}]}),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C"}]},
            {"env": [{"name": "D"}, {"name": "B", "value": "3"},
                     {"name": "A", "$patch": "delete"}]},
            {"env": [{"name": "D"}, {"name": "B", "value": "3"}, {"name": "C"}]},
        ),
        (
            {"volumeMounts": [{"mountPath": "/a", "name": "x"}]},
            {"volumeMounts": [{"mountPath": "/a", "name": "y"}, {"mountPath": "/b", "name": "x"}]},
            {"volumeMounts": [{"mountPath": "/a", "name": "y"}, {"mountPath": "/b", "name": "x"}]},
        ),
        ({"a": 1}, {"a": {"b": 2, "c": None}}, {"a": {"b": 2}}),
    ],
)  # fmt: skip
def test_what_a_patch_does(base: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]):
    """Mappings merge, null deletes, lists merge by their keys or are replaced; the base stays."""
    before = yaml.safe_dump(base)
    assert lay(base, patch) == result
    assert yaml.safe_dump(base) == before


def test_a_whole_document_is_deleted():
    """`$patch: delete` at its top leaves nothing."""
    assert lay({"a": 1}, {"$patch": "delete", "b": 2}) is None


def test_lists_of_other_kinds_are_replaced():
    """Of a custom resource nobody knows the merge keys."""
    base, patch = {"env": [{"name": "A"}]}, {"env": [{"name": "B"}]}
    assert lay(base, patch, keyed=False) == patch


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"a": {"$patch": "replace"}}, r"a\.\$patch must be delete; got 'replace'"),
        ({"$retainKeys": ["a"]}, r"\$retainKeys is no directive that mammo study knows"),
        ({"a": {"ports": []}}, r"a\.ports is a list that mammo study does not patch"),
        ({"env": [{"value": "1"}]}, r"env\[0\] must be a mapping with name; got \{'value': '1'\}"),
        ({"volumes": ["a"]}, r"volumes\[0\] must be a mapping with name; got 'a'"),
    ],
)
def test_what_a_patch_may_not_ask_for(patch: dict[str, Any], message: str):
    """One line with the patch's file and the field."""
    with pytest.raises(ConfigError, match=f"^patch.yaml: {message}$"):
        lay({}, patch)


def test_a_value_knows_its_file():
    """What an error says of a patched value is where the user finds it."""
    base = {"spec": {"count": 1, "env": [{"name": "A", "value": "1"}, {"name": "B"}]}}
    patch = {"spec": {"args": ["x"], "env": [{"name": "A", "value": "2"}]}}
    document = Field(lay(base, patch), BASE)
    spec = document.get("spec", dict)
    (args,) = spec.get("args", list).items()
    first, second = spec.get("env", list).items()
    assert args.file == first.get("value", str).file == PATCH
    assert spec.get("count", int).file == BASE
    assert second.get("name", str).path == "spec.env[1].name"
    again = Field(merged(document.value, Field({"spec": {"x": 1}}, Path("more.yaml")), True), BASE)
    assert again.at("spec.x", int).file == Path("more.yaml")
    assert again.at("spec.args", list).file == PATCH


NAMES = st.sampled_from("abc")
TEXTS = st.sampled_from(["x", "y", ""])


def perhaps(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def keyed(key: str, values: st.SearchStrategy[str], patch: bool, **fields: st.SearchStrategy[Any]):
    """A list whose items have a key, each value of it at most once."""
    directive = {"$patch": st.just("delete")} if patch else {}
    item = st.fixed_dictionaries({key: values}, optional={**fields, **directive})
    return st.lists(item, max_size=3, unique_by=lambda each: each[key])


def pods(patch: bool) -> st.SearchStrategy[dict[str, Any]]:
    """A pod, or a patch of one: with nulls and deletions."""

    def or_null(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return values | st.none() if patch else values

    amounts = or_null(perhaps(cpu=or_null(st.integers(1, 2)), memory=or_null(TEXTS)))
    container = {
        "image": or_null(TEXTS),
        "args": or_null(st.lists(TEXTS, max_size=2)),
        "env": or_null(keyed("name", NAMES, patch, value=or_null(TEXTS))),
        "volumeMounts": or_null(keyed("mountPath", NAMES, patch, name=or_null(TEXTS))),
        "resources": or_null(perhaps(limits=amounts, requests=amounts)),
    }
    return perhaps(
        containers=keyed("name", NAMES, patch, **container),
        volumes=or_null(keyed("name", NAMES, patch, emptyDir=or_null(perhaps(medium=TEXTS)))),
        tolerations=or_null(st.lists(perhaps(key=TEXTS), max_size=2)),
        nodeSelector=or_null(perhaps(a=or_null(TEXTS), b=or_null(TEXTS))),
    )


def job(index: int, pod: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"job-{index}"},
        "spec": {"template": {"spec": pod}},
    }


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pairs=st.lists(st.tuples(pods(False), pods(True)), min_size=10, max_size=30))
def test_any_patch_as_kubectl_lays_it_over(tmp_path: Path, pairs: list[tuple[Any, Any]]):
    """Whatever pod and whatever patch of it: the same document, list orders included."""
    for name, pods_of in (("base.yaml", 0), ("patch.yaml", 1)):
        documents = [job(index, pair[pods_of]) for index, pair in enumerate(pairs)]
        (tmp_path / name).write_text(yaml.safe_dump_all(documents))
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [base.yaml]\npatches: [{path: patch.yaml}]\n"
    )
    assert by_name([each.value for each in render(tmp_path)]) == by_name(rendered(tmp_path))
