"""A folder of manifests -> its documents. Anything but a plain list of files needs kubectl."""

import shutil
import subprocess
import sys
from pathlib import Path

from jobs.common.errors import ConfigError
from jobs.local.manifests.located_yaml import LocatedValue, parse_documents, read_documents

FILE = "kustomization.yaml"

_RENDERERS = (("kubectl", "kustomize"), ("kustomize", "build"))
_PLAIN = {"apiVersion", "kind", "resources"}


def default_folder(overlay: str | None = None) -> Path:
    """The k8s/ of the checkout, or of the installed wheel; or one of the overlays/ beside it.

    Raises:
        ConfigError: it is not there.
    """
    inner = Path("overlays", overlay) if overlay else Path("k8s")
    tops = _tops()
    for folder in (top / inner for top in tops):
        if (folder / FILE).is_file():
            here = Path.cwd()
            return folder.relative_to(here) if folder.is_relative_to(here) else folder
    known = list_overlays()
    places = " or ".join(str(top / inner) for top in tops)
    there = f"; there are {', '.join(known)}" if overlay and known else ""
    raise ConfigError(f"no manifests in {places}{there}: name a folder by --manifests")


def list_overlays() -> list[str]:
    """The names of the folders in overlays/."""
    return sorted({path.parent.name for top in _tops() for path in top.glob(f"overlays/*/{FILE}")})


def _tops() -> tuple[Path, Path]:
    """Where k8s/ and overlays/ lie: in a checkout, or beside an installed wheel."""
    return Path(__file__).resolve().parents[3], Path(sys.prefix) / "share/mammo"


def load_manifests(folder: Path) -> list[LocatedValue]:
    """The documents of a folder with a kustomization.yaml.

    They are read here if it lists YAML files and asks for no more. Else `kubectl kustomize` renders
    them, or `kustomize build` where there is no kubectl.

    Raises:
        ConfigError: a file is missing or not YAML; it cannot be rendered, or nothing here renders.
    """
    documents = read_documents(folder / FILE)
    if len(documents) != 1:
        raise ConfigError(f"{folder / FILE}: must be one document; got {len(documents)}")
    (kustomization,) = documents
    for name in kustomization.value:
        if name not in _PLAIN:
            return _render(folder, kustomization.child(name, None))
    resources = kustomization.get("resources", list, []).items()
    for resource in resources:
        if not _is_file(resource.value):
            return _render(folder, resource)
    return [each for one in resources for each in read_documents(folder / one.value)]


def _is_file(resource: object) -> bool:
    """Whether a resource is a YAML file, by its name; not a folder, nor on another machine."""
    return isinstance(resource, str) and resource.endswith(".yaml") and "://" not in resource


def _render(folder: Path, reason: LocatedValue) -> list[LocatedValue]:
    """What kubectl or kustomize makes of a folder, because of one of its fields."""
    renderer = next((each for each in _RENDERERS if shutil.which(each[0])), None)
    if renderer is None:
        reason.fail(
            "needs kubectl or kustomize, and neither is installed: install one of them; "
            "mammo study --config STUDY_YAML needs neither"
        )
    call = (*renderer, str(folder))
    where = " ".join(call)
    done = subprocess.run(
        call, capture_output=True, encoding="utf-8", errors="backslashreplace", check=False
    )
    if done.returncode:
        raise ConfigError(f"{where}: {' '.join(done.stderr.split())}")
    return [
        LocatedValue(each.value, f"{where}: {each.text('kind')} {each.text('metadata.name')}")
        for each in parse_documents(done.stdout, where)
    ]
