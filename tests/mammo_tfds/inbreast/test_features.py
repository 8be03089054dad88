"""Records -> examples and back."""

import string
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from hypothesis import given
from hypothesis import strategies as st

from mammo_tfds.inbreast.features import example_contours, feature_spec, make_example
from mammo_tfds.release.contours import KINDS, Contour
from mammo_tfds.release.release import Record

coordinates = st.floats(-100, 5000, width=32)
contours = st.builds(
    Contour,
    kind=st.sampled_from(KINDS),
    word=st.text(string.printable, max_size=20),
    points=st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=9).map(tuple),
)
PIXELS = np.array([[0, 1, 2], [4095, 40000, 65535]], np.uint16)
PIXELS.flags.writeable = False


def record(**fields) -> Record:
    given_fields = {
        "image_id": "20586908",
        "patient": "6c613a14b80a8591",
        "side": "R",
        "view": "MLO",
        "birads": "4a",
        "density": 3,
        "contours": (),
        "path": Path("20586908.dcm"),
        **fields,
    }
    return Record(**given_fields)


def through_file(example: dict) -> dict:
    features = feature_spec()
    serializer = tfds.core.ExampleSerializer(features.get_serialized_info())
    record = serializer.serialize_example(features.encode_example(example))
    return features.deserialize_example_np(record)


@given(st.lists(contours, max_size=4).map(tuple))
def test_contours_come_back(drawn: tuple[Contour, ...]):
    """Contours of any number, kind, word and length are read back exactly, as float32."""
    example = make_example(record(contours=drawn), PIXELS, (4, 5, 6))
    assert example_contours(through_file(example)) == drawn


def test_pixels_come_back():
    """All 16 bits of every pixel are read back, as (rows, columns, 1)."""
    image = through_file(make_example(record(), PIXELS, (4, 5, 6)))["image"]
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image, PIXELS[..., np.newaxis])


def test_the_other_features_come_back():
    """The other features are read back; the index of a density is the density."""
    example = through_file(make_example(record(), PIXELS, (4, 5, 6)))
    features = feature_spec()
    assert example["image_id"] == b"20586908"
    assert example["patient"] == b"6c613a14b80a8591"
    assert example["birads"] == b"4a"
    assert example["density"] == 3
    assert features["side"].int2str(example["side"]) == "R"
    assert features["view"].int2str(example["view"]) == "MLO"
    assert features["label"].int2str(example["label"]) == "sick"


def test_no_density_is_unknown():
    """An image without a density has index 0, "unknown"."""
    example = through_file(make_example(record(density=None), PIXELS, (4, 5, 6)))
    assert example["density"] == 0
    assert feature_spec()["density"].int2str(0) == "unknown"


def test_the_label_depends_on_the_sick_categories():
    """The label follows the given sick categories."""
    label = feature_spec()["label"]
    for sick, word in (((4, 5, 6), "sick"), ((5, 6), "healthy")):
        example = through_file(make_example(record(birads="4c"), PIXELS, sick))
        assert label.int2str(example["label"]) == word
