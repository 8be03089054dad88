"""Small artifacts to test with."""

from pathlib import Path

from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe

RECIPE = Recipe("embed", {"dataset": "ab" * 32}, {"seed": 20, "views": {"size": [299, 299]}})
OTHER = Recipe("embed", {"dataset": "ab" * 32}, {"seed": 21, "views": {"size": [299, 299]}})


def fill(folder: Path) -> None:
    """Two files, one of them in a folder."""
    (folder / "inner").mkdir()
    (folder / "features.npy").write_bytes(bytes(range(200)))
    (folder / "inner" / "history.csv").write_text("step,loss\n1,0.7\n")


def publish_example(folder: Path, recipe: Recipe = RECIPE) -> Path:
    """Publishes a small artifact; returns its folder."""
    with publish(folder, recipe) as draft:
        fill(draft.folder)
    return folder


def visible(parent: Path) -> list[str]:
    """The names in a folder that are not hidden."""
    return sorted(path.name for path in parent.iterdir() if not path.name.startswith("."))
