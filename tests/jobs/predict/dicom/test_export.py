"""DICOM objects in a folder are those of the predictions that were asked for."""

import json
from types import SimpleNamespace

import pydicom
import pytest

from jobs.artifacts.layout import Location
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.common.progress import silent
from jobs.predict.dicom.export import DicomPlan
from jobs.predict.table import rows_to_csv
from tests.jobs.predict.dicom.objects import exam_rows
from tests.jobs.predict.files import write_image

RUN = SimpleNamespace(study=SimpleNamespace(data=SimpleNamespace(sick=(4, 5, 6))))


@pytest.fixture
def objects(tmp_path):
    """Plans the objects of predictions by the run whose figures have some key."""
    file = write_image(tmp_path / "1_image")
    rows = exam_rows({file.image_id: None})

    def plan(evaluation: str) -> DicomPlan:
        recipe = Recipe("predict", {"evaluation": evaluation}, {}, 1)
        folder = tmp_path / recipe.key
        if not folder.exists():
            with publish(folder, recipe) as draft:
                (draft.folder / "predictions.csv").write_bytes(rows_to_csv(rows))
        return DicomPlan(tmp_path / "out", RUN, [file], Location(folder, "mammo predict"))

    return plan


def test_another_runs_report_is_replaced(objects, tmp_path):
    """With its maps; the same predictions again make nothing."""
    objects("a" * 64).make(silent)
    (exam,) = (tmp_path / "out").iterdir()
    first = pydicom.dcmread(exam / "report.dcm")
    (exam / "0123456789abcdef.map.dcm").write_bytes(b"of the first")
    assert objects("a" * 64).is_made() and not objects("b" * 64).is_made()
    objects("b" * 64).make(silent)
    (path,) = exam.iterdir()
    second = pydicom.dcmread(path)
    assert second.SOPInstanceUID != first.SOPInstanceUID
    assert "b" * 64 in json.dumps(second.to_json_dict())
    assert objects("b" * 64).is_made() and not objects("a" * 64).is_made()


@pytest.mark.parametrize("content", [b"", b"no DICOM file"])
def test_a_report_that_cannot_be_read(objects, tmp_path, content):
    """It is made again."""
    objects("a" * 64).make(silent)
    (path,) = (tmp_path / "out").rglob("report.dcm")
    path.write_bytes(content)
    assert not objects("a" * 64).is_made()
    objects("a" * 64).make(silent)
    assert objects("a" * 64).is_made()
