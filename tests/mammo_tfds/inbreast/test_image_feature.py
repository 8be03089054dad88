"""The image as TFDS stores it, and as its own tools show it."""

import base64
import io
import json
import re
from pathlib import Path

import matplotlib.pyplot
import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

from mammo_tfds.inbreast.image_feature import MammogramFeature
from mammo_tfds.inbreast.inbreast_dataset_builder import Builder


def test_tfds_shows_examples(builder: Builder, monkeypatch):
    """`tfds.visualization.show_examples` draws the images with the label that is asked for."""
    monkeypatch.setattr(matplotlib.pyplot, "show", lambda: None)
    dataset = builder.as_dataset(split="test")
    figure = tfds.visualization.show_examples(
        dataset, builder.info, rows=1, cols=2, label_key="label"
    )
    first = next(iter(tfds.as_numpy(dataset)))
    drawn = figure.axes[0].images[0].get_array()
    assert np.array_equal(drawn, first["image"][..., 0])
    assert figure.axes[0].get_xlabel() in {"healthy (0)", "sick (1)"}
    matplotlib.pyplot.close(figure)


def test_tfds_makes_a_dataframe(builder: Builder):
    """`tfds.as_dataframe` has a row an example; a notebook shows its image and its label."""
    frame = tfds.as_dataframe(builder.as_dataset(split="test[:2]"), builder.info)
    assert len(frame) == 2
    assert {"image", "label", "birads", "contours/kind", "points"} <= set(frame.columns)
    page = frame._repr_html_()
    assert page.count('<img src="data:image/png;base64,') == 2
    assert "sick" in page or "healthy" in page


def test_a_thumbnail_has_all_greys():
    """The darkest value is black and the brightest white, whatever share of 16 bits they use."""
    pixels = np.linspace(100, 4095, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    html = MammogramFeature("").repr_html(pixels)
    png = re.search('base64,([^"]+)', html)[1]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("L"))
    assert (shown.min(), shown.max()) == (0, 255)


def test_its_folder_is_read_without_this_package(builder: Builder):
    """features.json names TFDS's own classes alone, and TFDS reads the same pixels by them."""
    folder = Path(builder.data_dir)
    assert "mammo_tfds" not in (folder / "features.json").read_text()
    features = json.loads((folder / "features.json").read_text())["featuresDict"]["features"]
    assert features["image"]["pythonClassName"].endswith(".Tensor")
    plain = tfds.builder_from_directory(folder)
    assert type(plain.info.features["image"]) is tfds.features.Tensor
    ours, theirs = (each.as_data_source("test")[0]["image"] for each in (builder, plain))
    assert np.array_equal(ours, theirs)
