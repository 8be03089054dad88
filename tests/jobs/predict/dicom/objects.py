"""Rows, headers and objects of an exam of two images."""

from pathlib import Path

from jobs.predict.dicom.source import read_header
from jobs.predict.table import Row
from tests.jobs.predict.files import write_image

SCORES = {"probability": 0.7, "threshold": 0.5, "sick": True, "least": 0.6, "most": 0.8}


def exam_headers(folder: Path, **tags: object) -> dict:
    """The headers of the left breast's two views, by the images' names."""
    files = [
        write_image(folder / f"{number}_image", "L", view, **tags)
        for number, view in enumerate(("CC", "MLO"), start=1)
    ]
    return {file.image_id: read_header(file.path) for file in files}


def exam_rows(headers: dict, outside: float | None = 0.5) -> list[Row]:
    """Of the images, the breast and the exam."""
    scores = {**SCORES, "exam": "e" * 16, "outside": outside}
    return [
        *(Row("image", side="L", image=name, images=2, **scores) for name in headers),
        Row("breast", side="L", images=2, **scores),
        Row("exam", images=2, **scores),
    ]
