"""Predictions -> DICOM objects in a folder: one subfolder an exam."""

import io
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from jobs.artifacts.layout import PREDICTIONS, Location
from jobs.artifacts.manifest import require
from jobs.artifacts.plan import Outcome
from jobs.artifacts.run import Run
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import DataError
from jobs.common.progress import Watch, track
from jobs.common.versions import software_versions
from jobs.predict.dicom.library import unspoken
from jobs.predict.dicom.picture import make_picture
from jobs.predict.dicom.report import Algorithm, make_report
from jobs.predict.dicom.source import make_uid, read_header
from jobs.predict.files import InputFile
from jobs.predict.overlay import from_png
from jobs.predict.table import IMAGE, Row, read_rows

_REPORT = "report.dcm"
_SUFFIX = ".map.dcm"


@dataclass(frozen=True)
class DicomPlan:
    """The plan of the objects of some predictions.

    Attributes:
        target: the folder that they are written to.
        run: whose predictions.
        files: those that were predicted.
        predictions: where the artifact is.
    """

    target: Path
    run: Run
    files: Sequence[InputFile]
    predictions: Location

    def is_made(self) -> bool:
        return not self._missing()

    def make(self, watch: Watch) -> Outcome:
        manifest = require(self.predictions)
        algorithm = Algorithm(
            software_versions()["mammo"],
            manifest.inputs["evaluation"],
            self.run.study.data.sick,
            manifest.inputs.get("calibration", ""),
        )
        paths = {file.image_id: file.path for file in self.files}
        for exam, rows in track("predict: DICOM objects", self._missing(), watch):
            try:
                with unspoken():
                    headers = {
                        row.image: read_header(paths[row.image])
                        for row in rows
                        if row.level == IMAGE
                    }
            except DataError as error:
                sys.stderr.write(f"mammo: no DICOM objects: {error}\n")
                continue
            with unspoken():
                self._write(exam, rows, headers, algorithm)
        return Outcome.MADE

    def _write(
        self, exam: str, rows: Sequence[Row], headers: Mapping[str, Dataset], algorithm: Algorithm
    ) -> None:
        key = self.predictions.folder.name
        series = make_uid(key, exam, "pictures")
        pictures = {}
        for number, (image, header) in enumerate(headers.items(), start=1):
            png = self.predictions.folder / "maps" / f"{image}.png"
            if png.is_file():
                side = next(row.side for row in rows if row.image == image)
                uid = make_uid(key, exam, image)
                pictures[image] = make_picture(
                    header, from_png(png.read_bytes()), side, uid, series, number
                )
        report_uid = self._report_uid(exam)
        report = make_report(rows, headers, list(pictures.values()), algorithm, report_uid)
        folder = self._folder(exam)
        for old in folder.glob(f"*{_SUFFIX}"):  # of other predictions of the exam
            if old.name.removesuffix(_SUFFIX) not in pictures:
                old.unlink(missing_ok=True)
        for image, picture in pictures.items():
            _save(picture, folder / f"{image}{_SUFFIX}")
        _save(report, folder / _REPORT)  # last: with it the exam is done

    def _missing(self) -> list[tuple[str, Sequence[Row]]]:
        """The exams without objects of these predictions: a UID stands for one content.

        Another run, calibration or option gives other scores of the same exam.
        """
        exams = self._exams().items()
        return [each for each in exams if self._found_uid(each[0]) != self._report_uid(each[0])]

    def _report_uid(self, exam: str) -> UID:
        return make_uid(self.predictions.folder.name, exam, "report")

    def _found_uid(self, exam: str) -> str:
        """The UID of the exam's report that is there; "" if there is none, or it is no DICOM."""
        path = self._folder(exam) / _REPORT
        if not path.is_file():
            return ""
        try:
            with unspoken():
                found = pydicom.dcmread(path, specific_tags=["SOPInstanceUID"], force=True)
        except (InvalidDicomError, EOFError, ValueError):
            return ""
        return str(found.get("SOPInstanceUID") or "")

    def _folder(self, exam: str) -> Path:
        return self.target / exam

    def _exams(self) -> Mapping[str, Sequence[Row]]:
        exams: defaultdict[str, list[Row]] = defaultdict(list)
        for row in read_rows(self.predictions.folder / PREDICTIONS):
            if row.exam:
                exams[row.exam].append(row)
        return exams


def _save(item: Dataset, path: Path) -> None:
    content = io.BytesIO()
    item.save_as(content, enforce_file_format=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content.getvalue())
