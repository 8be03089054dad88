"""localisation.csv comes back as it was written."""

import numpy as np

from jobs.explain.checks.localisation import COLUMNS, Marked, localise, read_localisation, to_csv


def marked() -> Marked:
    lesions = np.zeros((40, 40), bool)
    lesions[5:10, 5:10] = True
    return Marked("7", "ab" * 8, True, ("mass", "point"), lesions, np.ones((40, 40), bool))


def test_what_is_written_is_read(tmp_path):
    """Numbers to six digits, an undefined one as nothing."""
    rows = [
        localise("fold0", "grad_cam", np.ones((40, 40), np.float32), marked()),
        localise("fold0", "lrp", -np.ones((40, 40), np.float32), marked()),
    ]
    file = tmp_path / "localisation.csv"
    file.write_bytes(to_csv(rows))
    first, second = read_localisation(file)
    assert file.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert (first.kinds, first.sick, first.method) == ("mass+point", True, "grad_cam")
    assert first.extent == np.float64(5 / 40)
    assert first.inside == first.lesion_share == 0.015625
    assert np.isnan(second.inside)
    assert second.outside == 0
