"""The features of a dataset's images for TensorBoard's embedding projector.

The files are those that the projector's documentation has: vectors and metadata as tab-separated
values, and a configuration beside them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.common.types import Array

VECTORS, METADATA, CONFIGURATION = "features.tsv", "labels.tsv", "projector_config.pbtxt"


def write_projector(
    folder: Path, name: str, vectors: Array, columns: Mapping[str, Sequence[str]]
) -> None:
    """Writes what the projector shows, into a folder that TensorBoard takes for a run.

    Args:
        name: of the vectors, as the projector lists them.
        vectors: (n, channels).
        columns: of what each vector is, by the columns' names; the projector colours by them.
    """
    lines = ["\t".join(f"{value:.5g}" for value in row) for row in vectors.tolist()]
    _write(folder / VECTORS, lines)
    rows = ["\t".join(row) for row in zip(*columns.values(), strict=True)]
    _write(folder / METADATA, ["\t".join(columns), *rows])
    described = {
        "tensor_name": name,
        "tensor_path": VECTORS,
        "metadata_path": METADATA,
    }
    inner = (f'  {key}: "{value}"' for key, value in described.items())
    _write(folder / CONFIGURATION, ["embeddings {", *inner, "}"])


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
