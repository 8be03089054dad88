"""`import mammo_tfds` makes TFDS know "inbreast", without importing TFDS.

TFDS finds a builder by its class, which takes TFDS's import (a second or two) to define. What reads
releases or pixels needs none of that. So TFDS is told where the class is, and that when it has been
imported itself, whichever import comes first.
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
    """Tells TFDS where the builder is: now if it has been imported, else as soon as it is."""
    if hasattr(sys.modules.get(_TFDS), "core"):
        _add_provider()
    else:
        sys.meta_path.insert(0, _Finder())


class _Provider:
    """TFDS's DatasetBuilderProvider: the builder's module is imported when it is asked for."""

    def has_dataset(self, name: str) -> bool:
        return name == _NAME

    def get_builder_cls(self, name: str) -> Any:
        return importlib.import_module(_MODULE).Builder


def _add_provider() -> None:
    tfds = importlib.import_module(_TFDS)
    # First, as TFDS's own imports all of its old builders to look for a name.
    tfds.core.add_dataset_builder_provider(_Provider(), index=0)


class _Finder(MetaPathFinder):
    """Finds TFDS where everybody else does, once, and sees its import through to the end."""

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
    """Another loader, and the builder's registration after it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # As if this loader had never been: resources are found through a module's own.
        module.__loader__ = module.__spec__.loader = self._loader  # type: ignore[union-attr]
        self._loader.exec_module(module)
        _add_provider()
