"""`import mammo_tfds` and what TFDS then knows. Each in a fresh interpreter."""

import subprocess
import sys
import textwrap

import pytest


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_reading_a_release_needs_no_tfds():
    """Nothing but the builder imports TFDS or TensorFlow."""
    run("""
        import sys
        import mammo_tfds.release.release, mammo_tfds.pixels.read, mammo_tfds.splits
        import mammo_tfds.phantom
        heavy = {"tensorflow", "tensorflow_datasets"} & set(sys.modules)
        assert not heavy, heavy
    """)


@pytest.mark.parametrize(
    "imports",
    [
        "import mammo_tfds, tensorflow_datasets as tfds",
        "import tensorflow_datasets as tfds, mammo_tfds",
        "import mammo_tfds, tensorflow_datasets.core, tensorflow_datasets as tfds",
        "import mammo_tfds.inbreast.shards, tensorflow_datasets as tfds",
    ],
)
def test_tfds_knows_inbreast(imports: str):
    """Whichever import comes first, TFDS finds the builder, and without TensorFlow."""
    run(f"""
        import sys
        {imports}
        assert tfds.builder_cls("inbreast").name == "inbreast"
        assert "tensorflow" not in sys.modules
    """)


def test_tfds_is_as_it_was():
    """TFDS's own loader is in its place, and its other builders are found as before."""
    run("""
        import importlib.machinery
        import sys
        import mammo_tfds
        import tensorflow_datasets as tfds
        assert type(tfds.__spec__.loader) is importlib.machinery.SourceFileLoader
        assert tfds.__loader__ is tfds.__spec__.loader
        assert not [each for each in sys.meta_path if "mammo" in type(each).__module__]
        assert tfds.builder_cls("mnist").name == "mnist"
    """)
