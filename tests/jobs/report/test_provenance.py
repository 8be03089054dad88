"""Date, commands, processors, versions and artifacts, from manifests."""

from dataclasses import replace

import pytest

from jobs.artifacts.lineage import NamedManifest
from jobs.artifacts.publish import read_manifest
from jobs.report.provenance import describe_provenance


@pytest.fixture
def manifest(reported):
    """The evaluation's manifest."""
    return replace(
        read_manifest(reported / "evaluation"),
        made="2026-11-05T23:59:59+00:00",
        command="mammo study",
        processor="EPYC",
    )


def test_the_last_date_and_each_command_and_processor_once(manifest):
    """Two machines are both named; the date is that of the last artifact."""
    model = replace(manifest, made="2026-11-04T08:00:00+00:00", processor="Xeon")
    found = describe_provenance([], {"fold0": model, "all": model}, manifest)
    assert found.date == "5 November 2026"
    assert found.commands == ["mammo study"] and found.processors == ["Xeon", "EPYC"]
    assert [each.name for each in found.artifacts] == ["fold 0", "all-data", "evaluation"]


def test_manifests_of_an_earlier_version_lack_them(manifest):
    """Nothing is made up; an artifact that is gone has no manifest."""
    old = replace(manifest, made="", command="", processor="")
    found = describe_provenance([NamedManifest("dataset", None)], {"all": old}, old)
    assert (found.date, found.commands, found.processors) == ("", [], [])
