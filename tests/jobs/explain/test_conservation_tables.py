"""Tables of what became of the logits."""

from jobs.explain.conservation import Conservation
from jobs.explain.conservation_tables import images_csv, layers_csv

FOUND = {
    ("7", "lrp"): Conservation(2e-7, 0.25, {"logit": 0.5, "conv": 0.25}),
    ("8", "lrp"): Conservation(3e-5, 0.5, {"logit": 0.5, "conv": 0.0}),
}


def test_a_row_for_each_image():
    """With the largest error of a layer, and whether that is within the tolerance."""
    assert images_csv(FOUND).decode().splitlines() == [
        "image_id,method,error,holds,arrived",
        "7,lrp,2e-07,1,0.25",
        "8,lrp,3e-05,0,0.5",
    ]


def test_a_row_for_each_layer():
    """The mean over images."""
    assert layers_csv(FOUND).decode().splitlines() == [
        "method,layer,kept",
        "lrp,logit,0.5",
        "lrp,conv,0.125",
    ]
