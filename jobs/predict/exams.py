"""Which images belong together: joined to exams by patient and study, to breasts by side.

Tags are read for that alone. None of them leaves this module but the side, the projection and a
few words on how an image was taken: an exam is named by the hash of its images.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from jobs.predict.files import InputFile
from mammo_tfds.pixels.opening import open_image
from mammo_tfds.pixels.tags import PixelError, name_damage
from mammo_tfds.release.files import parse_name

CC, MLO = "CC", "MLO"

_KEYWORDS = (
    *("PatientID", "StudyInstanceUID", "ImageLaterality", "Laterality"),
    *("ViewPosition", "ViewCodeSequence", "BreastImplantPresent"),
)
_SIDES = ("L", "R")
# PS3.16 CID 4014, in SNOMED CT and as older files have them, in SRT.
_VIEW_CODES = {
    **{"399162004": CC, "R-10242": CC, "399368009": MLO, "R-10226": MLO},
    **{"399260004": "ML", "R-10224": "ML", "399352003": "LM", "R-10228": "LM"},
    **{"399192008": "XCCL", "R-1024A": "XCCL", "399101009": "XCCM", "R-1024B": "XCCM"},
    **{"399099002": "LMO", "R-10230": "LMO", "399196006": "FB", "R-10244": "FB"},
}
# PS3.16 CID 4015: what changes the scale, or shows a part of the breast alone.
_MODIFIERS = {
    **{"399163009": "magnified", "R-102D6": "magnified"},
    **{"399055006": "spot compression", "R-102D7": "spot compression"},
    **{"399209000": "implant displaced", "R-102D5": "implant displaced"},
}


@dataclass(frozen=True)
class ExamImage:
    """An image of an exam.

    Attributes:
        file: the file.
        side: L, R, or "" where the file does not say it.
        view: the projection: CC, MLO, another one's code of PS3.16 CID 4014, or "".
        notes: what a reader should know of how it was taken.
    """

    file: InputFile
    side: str = ""
    view: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exam:
    """The images of one study of one patient; or one image that says of neither which it is."""

    images: tuple[ExamImage, ...]

    @property
    def exam_id(self) -> str:
        """16 hex digits, by its images: the same images are the same exam."""
        ids = "".join(image.file.sha256 for image in self.images)
        return hashlib.sha256(ids.encode()).hexdigest()[:16]


def find_exams(
    files: Iterable[InputFile], left_out: Callable[[InputFile, str], object]
) -> list[Exam]:
    """The exams that some files are of, in the order of their names.

    Args:
        files: any; of each its header is read.
        left_out: called with each file that is not a DICOM file, and why, in a line with its name.

    Raises:
        OSError: a file cannot be read.
    """
    groups: defaultdict[tuple[str, ...], list[ExamImage]] = defaultdict(list)
    for file in files:
        try:
            exam, image = _read_image(file)
        except PixelError as error:
            left_out(file, f"{file.path.name}: {error}")
            continue
        groups[exam].append(image)
    exams = (Exam(_in_order(images)) for images in groups.values())
    return sorted(exams, key=lambda exam: exam.exam_id)


def _in_order(images: Iterable[ExamImage]) -> tuple[ExamImage, ...]:
    return tuple(sorted(images, key=lambda image: (image.side, image.view, image.file.sha256)))


def _read_image(file: InputFile) -> tuple[tuple[str, ...], ExamImage]:
    """What its exam is told by, and the image.

    Raises:
        PixelError: it is not a DICOM file.
    """
    with open_image(file.path, _KEYWORDS, _ignore) as opened, name_damage():
        tags = opened.tags
        patient, study = (str(tags.get(name) or "") for name in _KEYWORDS[:2])
        named = parse_name(Path(file.path.name))
        side = _side(tags) or named.side
        view, notes = _view(tags)
        if str(tags.get("BreastImplantPresent") or "") == "YES":
            notes = (*notes, "implant")
    if not side:  # it cannot be set beside another image
        notes = (*notes, "side unknown: joined to no other image")
        return ("image", file.sha256), ExamImage(file, side, view, notes)
    exam: tuple[str, ...] = ("image", file.sha256)
    if study:
        exam = ("study", patient, study)
    elif named.patient:  # INbreast has no tags of the kind: its names say whose an image is
        exam = ("patient", named.patient)
    return exam, ExamImage(file, side, view or named.view, notes)


def _side(tags: Dataset) -> str:
    found = (str(tags.get(name) or "").strip() for name in ("ImageLaterality", "Laterality"))
    return next((side for side in found if side in _SIDES), "")


def _view(tags: Dataset) -> tuple[str, tuple[str, ...]]:
    """The projection, and notes on it."""
    stated = str(tags.get("ViewPosition") or "").strip().upper()
    notes: Sequence[str] = ()
    for item in tags.get("ViewCodeSequence") or ():
        stated = _VIEW_CODES.get(str(item.get("CodeValue")), stated)
        modifiers = item.get("ViewModifierCodeSequence") or ()
        notes = [_MODIFIERS.get(str(each.get("CodeValue")), "") for each in modifiers]
    known = stated if stated in _VIEW_CODES.values() else ""
    return known, tuple(note for note in notes if note)


def _ignore(line: str) -> None:
    """Who reads the pixels is warned."""
