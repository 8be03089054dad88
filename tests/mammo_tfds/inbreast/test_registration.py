"""What TFDS knows after `import mammo_tfds`; each test in a new interpreter."""

import subprocess
import sys
import textwrap

import pytest


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_reading_a_release_needs_no_tfds():
    """Only the builder imports TFDS, and nothing imports TensorFlow."""
    run("""
        import sys
        import mammo_tfds.release.release, mammo_tfds.pixels.read, mammo_tfds.release.splits
        import mammo_tfds.phantom.generate
        from mammo_tfds import assign_splits, make_release, read_pixels, read_release
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
    """TFDS finds the builder in any order of imports, without importing TensorFlow."""
    run(f"""
        import sys
        {imports}
        assert tfds.builder_cls("inbreast").name == "inbreast"
        assert "tensorflow" not in sys.modules
    """)


def test_tfds_is_unchanged():
    """TFDS has its own loader, and finds its other builders as before."""
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
