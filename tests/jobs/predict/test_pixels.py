"""New files are read in a process of its own: what is broken stops nothing."""

import numpy as np

from jobs.predict.pixels import read_images
from tests.jobs.predict.files import write_image
from tests.releases import RowSpec, make_pixels


def test_broken_files_stop_nothing(tmp_path):
    """Each file's image or problem, in the files' order, beside what it came with."""
    first = write_image(tmp_path / "1_a").path
    cut = write_image(tmp_path / "2_b").path
    cut.write_bytes(cut.read_bytes()[:-2000])
    last = write_image(tmp_path / "3_c").path
    found = list(read_images([("a", first), ("b", cut), ("c", last)], "first"))
    assert [name for name, _ in found] == ["a", "b", "c"]
    (_, one), (_, broken), (_, other) = found
    assert np.array_equal(one.pixels, make_pixels(RowSpec(image_id="1", side="L")))
    assert broken.pixels is None and broken.problem.startswith("2_b: ")
    assert other.pixels is not None and not other.problem
