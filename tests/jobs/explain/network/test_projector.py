"""What TensorBoard's embedding projector reads."""

from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector import ProjectorConfig

from jobs.explain.network.projector import CONFIGURATION, write_projector


def test_the_projector_finds_vectors_and_labels(tmp_path: Path):
    """Its own parser reads the configuration, whose files are there: a line an image."""
    vectors = np.array([[0.125, 2], [3, 4], [5, 6]], np.float32)
    columns = {"label": ["sick", "healthy", "sick"], "image": ["7", "8", "9"]}
    write_projector(tmp_path, "mixed7", vectors, columns)
    text = (tmp_path / CONFIGURATION).read_text()
    (embedding,) = text_format.Parse(text, ProjectorConfig()).embeddings
    assert embedding.tensor_name == "mixed7"
    lines = (tmp_path / embedding.tensor_path).read_text().splitlines()
    assert [[float(each) for each in line.split("\t")] for line in lines] == vectors.tolist()
    labels = (tmp_path / embedding.metadata_path).read_text().splitlines()
    assert labels == ["label\timage", "sick\t7", "healthy\t8", "sick\t9"]
