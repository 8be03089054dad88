"""How much a study is going to write, and whether there is room."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.common.errors import CannotCreateError
from jobs.config.sections import (
    BranchesConfig,
    DataConfig,
    HeadConfig,
    ModelConfig,
    TrainConfig,
    ViewsConfig,
)
from jobs.config.study import Study
from jobs.forecast.disk import Need, list_needs, require_room
from jobs.forecast.extent import Extent, Sample

SAMPLES = (*[Sample("fold0", "5")] * 3, *[Sample("fold1", "2")] * 5, Sample("test", "1"))
EXTENT = Extent(SAMPLES, 10**6)
STUDY = Study(data=DataConfig(folds=2))
VIEWS = 3 * 27 + 5 * 10 + 1


def needs(study: Study, *commands: str, root: Path = Path("nowhere")) -> dict[str, int]:
    return {need.what.split()[0]: need.bytes for need in list_needs(root, study, EXTENT, commands)}


def test_features_are_counted_exactly():
    """Views by class, the layer's shape, and the stored type: 8 x 8 x 2048 float16."""
    assert needs(STUDY, "embed") == {"features": VIEWS * 8 * 8 * 2048 * 2}
    averaged = Study(
        model=ModelConfig(pooling="average", stored="float32"), head=HeadConfig(pool=1)
    )
    assert needs(averaged, "embed") == {"features": VIEWS * 2048 * 4}


def test_of_smaller_views_the_most_is_counted():
    """How small `views.frame` breast makes them is known when they are made: it says at most."""
    model, head = ModelConfig(pooling="average"), HeadConfig(pool=1)
    study = replace(STUDY, views=ViewsConfig(frame="breast"), model=model, head=head)
    (need,) = list_needs(Path("nowhere"), study, EXTENT, ["embed"])
    assert need.bytes == VIEWS * 2048 * 2
    assert need.what == f"features of {VIEWS} views, at most 1x1x2048 float16 each,"


def test_only_what_is_to_run_is_counted():
    """Live training stores no features; what is small is left out."""
    assert needs(STUDY, "train", "evaluate", "report") == {}
    assert list(needs(STUDY, "phantom", "weights", "prepare")) == ["release", "weights", "dataset"]
    assert needs(Study(train=TrainConfig(live=True)), "embed") == {}


def test_candidates_of_calcifications_are_counted():
    """With such a branch, once for all models: 25 x 25 float16, two numbers and a contrast."""
    branches = BranchesConfig(calcifications=True, proposals=100)
    found = needs(replace(STUDY, branches=branches), "train", "evaluate")
    assert found == {"candidates": len(SAMPLES) * 100 * (25 * 25 * 2 + 12)}


def test_what_a_stopped_embedding_has_written_counts_once(tmp_path: Path):
    """It is on the disk already: what is left has room."""
    work = tmp_path / "features" / ".ab.cd.unfinished"
    work.mkdir(parents=True)
    (work / "1.npy").write_bytes(bytes(1000))
    left = needs(STUDY, "embed", root=tmp_path)["features"]
    assert left == needs(STUDY, "embed")["features"] - 1000


def test_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Exit 73: how much is needed, for what, how much is free, and what to do."""
    usage = shutil._ntuple_diskusage(10**9, 10**9, 999)  # type: ignore[attr-defined]
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    require_room(tmp_path / "new" / "root", [Need("weights", 999)])
    with pytest.raises(CannotCreateError) as caught:
        require_room(tmp_path / "new" / "root", [Need("features", 2 * 10**9), Need("weights", 1)])
    assert "about 2.0 GB (features 2.0 GB, weights 0 MB); 0 MB are free: make" in str(caught.value)


def test_a_file_where_the_root_should_be(tmp_path: Path):
    """Exit 73, and which."""
    (tmp_path / "file").touch()
    with pytest.raises(CannotCreateError, match=r"file is a file, and must be a folder"):
        require_room(tmp_path / "file" / "root", [])
