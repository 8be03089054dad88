"""Registers "inbreast" with TFDS, without importing TFDS.

TFDS finds a builder by its class, and defining the class imports TFDS, which takes a second or two.
Reading releases and pixels does not need TFDS. So only the class's location is registered with
TFDS, as soon as TFDS is imported, whether before or after `mammo_tfds`.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_TFDS = "tensorflow_datasets"
_NAME = "inbreast"
_MODULE = "mammo_tfds.inbreast.inbreast_dataset_builder"


def register() -> None:
    """Tells TFDS where the builder is: now if TFDS is already imported, else upon its import."""
    if hasattr(sys.modules.get(_TFDS), "core"):
        _add_provider()
    else:
        sys.meta_path.insert(0, _Finder())


class _Provider:
    """A TFDS DatasetBuilderProvider that imports the builder's module on demand."""

    def has_dataset(self, name: str) -> bool:
        return name == _NAME

    def get_builder_cls(self, name: str) -> Any:
        return importlib.import_module(_MODULE).Builder


def _add_provider() -> None:
    tfds = importlib.import_module(_TFDS)
    # First in line: TFDS's own provider imports all its old builders to look for a name.
    tfds.core.add_dataset_builder_provider(_Provider(), index=0)


class _Finder(MetaPathFinder):
    """Lets the other finders find TFDS, once, and registers the builder after its import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _TFDS:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Runs another loader, and then registers the builder."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # Restore the original loader: TFDS finds its resource files through it.
        module.__loader__ = module.__spec__.loader = self._loader  # type: ignore[union-attr]
        self._loader.exec_module(module)
        _add_provider()
