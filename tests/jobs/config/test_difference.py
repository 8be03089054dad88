"""Two configurations, and the settings that differ."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jobs.config.difference import flatten, list_changes
from jobs.config.sections import DataConfig, TrainConfig
from jobs.config.study import Study, plain


def test_a_document_by_dotted_names():
    """Mappings and lists of mappings are entered; a list of plain values is one value."""
    document = {"views": {"size": [299, 299]}, "bins": [{"mean": 0.1}, {"mean": 0.9}], "none": []}
    assert dict(flatten(document)) == {
        "views.size": [299, 299],
        "bins.0.mean": 0.1,
        "bins.1.mean": 0.9,
        "none": [],
    }


def test_every_changed_setting_by_its_key():
    """Old and new value of each, lists whole, in the order of study.yaml; what is equal is not."""
    now = replace(Study(), data=DataConfig(sick=(5, 6)), train=TrainConfig(epochs=3, live=True))
    assert list_changes(plain(Study()), plain(now)) == [
        "data.sick: [4, 5, 6] -> [5, 6]",
        "train.epochs: 20 -> 3",
        "train.live: false -> true",
    ]


def test_a_setting_that_one_of_them_lacks():
    """A study of another version of the program may have more keys, or fewer."""
    assert list_changes({"a": {"b": 1}, "c": None}, {"a": {"d": 2}}) == [
        "a.b: 1 -> not set",
        "c: null -> not set",
        "a.d: not set -> 2",
    ]


values = st.integers() | st.text("xyz") | st.lists(st.integers(), max_size=2)
names = st.text("abc", min_size=1, max_size=2)
documents = st.dictionaries(names, values | st.dictionaries(names, values, max_size=2), max_size=4)


@given(documents, documents)
def test_equal_documents_and_only_those_have_no_changes(before: dict, now: dict):
    """Also where a mapping stands in one and a value in the other; empty mappings hold nothing."""
    equal = dict(flatten(before)) == dict(flatten(now))
    assert (list_changes(before, now) == []) == equal
    assert len(list_changes(before, now)) == len(list_changes(now, before))
