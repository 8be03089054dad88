"""A structured report of an exam's scores: PS3.16 TID 1500, Measurement Report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID

from jobs.predict.dicom.library import import_highdicom
from jobs.predict.dicom.picture import MANUFACTURER, REPORTS
from jobs.predict.dicom.source import make_uid
from jobs.predict.table import EXAM, IMAGE, Row

_SCHEME = "99MAMMO"


@dataclass(frozen=True)
class Algorithm:
    """What has computed the scores.

    Attributes:
        version: of mammo.
        key: of the run's figures, which name its models.
        sick: the BI-RADS categories that the models were trained to tell from the others.
        calibration: the hash of the site's calibration; "" without one.
    """

    version: str
    key: str
    sick: Sequence[int]
    calibration: str = ""

    @property
    def parameters(self) -> list[str]:
        """As the report has them."""
        site = [f"calibration {self.calibration}"] if self.calibration else []
        return [f"run {self.key}", *site, "research software"]


def make_report(
    rows: Sequence[Row],
    headers: Mapping[str, Dataset],
    pictures: Sequence[Dataset],
    algorithm: Algorithm,
    uid: UID,
) -> Dataset:
    """The report, of the same study as its images, in a new series.

    Args:
        rows: of one exam: its images', its breasts' and its own.
        headers: of each image, by its name.
        pictures: other objects of the study that belong to it.
        algorithm: what has computed the scores.
        uid: the report's.
    """
    sr = import_highdicom().sr
    observer = sr.ObserverContext(
        codes.DCM.Device,
        sr.DeviceObserverIdentifyingAttributes(
            make_uid("device", algorithm.version), "mammo", MANUFACTURER, "mammo"
        ),
    )
    groups = [_group(row, headers, algorithm, uid) for row in rows if row.probability is not None]
    content = sr.MeasurementReport(
        sr.ObservationContext(observer_device_context=observer),
        codes.SCT.Mammography,
        groups,
    )
    report = sr.ComprehensiveSR(
        [*headers.values(), *pictures],
        content[0],
        series_instance_uid=make_uid(str(uid), "series"),
        series_number=REPORTS,
        sop_instance_uid=uid,
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=False,
        series_description="mammo: scores",
    )
    report.CodingSchemeIdentificationSequence = [_scheme()]
    return report


def _group(row: Row, headers: Mapping[str, Dataset], algorithm: Algorithm, uid: UID) -> Any:
    """The measurements of one row."""
    sr = import_highdicom().sr
    name = f"{row.level} {row.image or row.side or row.exam}"
    identification = sr.AlgorithmIdentification("mammo", algorithm.version, algorithm.parameters)
    categories = ", ".join(map(str, algorithm.sick))
    measurements = [
        sr.Measurement(_code(value, meaning), float(f"{number:.6g}"), codes.UCUM.NoUnits)
        for value, meaning, number in (
            ("probability", f"Probability of BI-RADS {categories}", row.probability),
            ("threshold", "Threshold of the probability", row.threshold),
        )
    ]
    evaluations = [
        sr.QualitativeEvaluation(_code(value, meaning), codes.SCT.Yes if said else codes.SCT.No)
        for value, meaning, said in (
            ("called", "At or above the threshold", row.sick),
            ("outside", "Outside what the models were trained on", row.is_outside),
        )
        if said is not None
    ]
    images = [headers[row.image]] if row.level == IMAGE else []
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(make_uid(str(uid), name), name),
        algorithm_id=identification,
        finding_sites=[] if row.level == EXAM else [_site(row.side)],
        measurements=measurements,
        qualitative_evaluations=evaluations,
        source_images=[
            sr.SourceImageForMeasurementGroup.from_source_image(each) for each in images
        ],
    )


def _site(side: str) -> Any:
    laterality = {"L": codes.SCT.Left, "R": codes.SCT.Right}.get(side)
    return import_highdicom().sr.FindingSite(codes.SCT.Breast, laterality)


def _code(value: str, meaning: str) -> Any:
    return import_highdicom().sr.CodedConcept(value, _SCHEME, meaning)


def _scheme() -> Dataset:
    """PS3.3 C.12.1.1.15: what the private codes are from."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = _SCHEME
    scheme.CodingSchemeName = "mammo's own codes"
    scheme.CodingSchemeResponsibleOrganization = "mammo"
    return scheme
