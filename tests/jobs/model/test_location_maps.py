"""Location maps: written and read, and laid over the original image."""

from pathlib import Path

import numpy as np

from jobs.model.location_maps import LocationMap, read_location_maps, to_bytes

MAP = LocationMap(
    logits=np.float32([-1.5, 2.0]),
    centres=np.float32([[4.0, 2.0], [8.0, 2.0]]),
    spacing=(4.0, 4.0),
)


def test_what_is_written_is_read(tmp_path: Path):
    """Logits, centres and spacing; and the same maps give the same bytes."""
    path = tmp_path / "location_maps.npz"
    path.write_bytes(to_bytes({"20586908": MAP, "7": MAP}))
    read = read_location_maps(path)
    assert list(read) == ["20586908", "7"]
    assert np.array_equal(read["7"].logits, MAP.logits)
    assert np.array_equal(read["7"].centres, MAP.centres)
    assert read["7"].spacing == MAP.spacing
    assert to_bytes({"20586908": MAP, "7": MAP}) == path.read_bytes()


def test_a_place_covers_the_pixels_around_its_centre():
    """Half the spacing to each side; nothing is known elsewhere, and the image's edge cuts."""
    whole = MAP.on_image((3, 9))
    assert whole.shape == (3, 9)
    assert np.isnan(whole[:, :2]).all()
    assert (whole[:, 2:6] == -1.5).all()
    assert (whole[:, 6:] == 2.0).all()
