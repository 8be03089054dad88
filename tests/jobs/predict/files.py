"""Files of mammograms with the tags of a hospital, and exams of them."""

from pathlib import Path

from jobs.predict.files import InputFile, hash_files
from tests.releases import RowSpec, make_pixels, write_dicom

NAME = "Doe^Jane"
"""The patient's, which nothing but a DICOM object may have."""


def write_image(path: Path, side: str = "L", view: str = "CC", **tags: object) -> InputFile:
    """Writes an image of patient P1's study 2.25.11, unless `tags` say otherwise."""
    number = int(path.name.split("_")[0])
    row = RowSpec(image_id=str(number), side=side, view=view)
    stated = {
        "PatientID": "P1",
        "PatientName": NAME,
        "StudyInstanceUID": "2.25.11",
        "SeriesInstanceUID": "2.25.12",
        "ImageLaterality": side,
        "ViewPosition": view,
        **tags,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_dicom(path, make_pixels(row), **stated)
    return hash_files([(path, path.name)])[0]
