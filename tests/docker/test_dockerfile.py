"""docker/Dockerfile and its locks, read and not run: what may be taken for granted of an image."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
INSTRUCTIONS = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    if line and not line.startswith("#")
]
LOCKS = ("docker/cpu.lock", "docker/gpu.lock", "docker/build.lock", "requirements-uv.lock")


def arguments(instruction: str) -> list[str]:
    """What follows each instruction of a name, in order."""
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def pins(lock: str) -> dict[str, str]:
    """Each package of a lock, and what is said of it."""
    text = (ROOT / lock).read_text()
    found = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return {each.split("==")[0].partition("[")[0]: each for each in found}


def test_the_base_is_pinned():
    """One base, an argument, by tag and digest; all other stages stand on it, or on nothing."""
    (base,) = (value for value in arguments("ARG") if value.startswith("BASE="))
    assert re.fullmatch(r"BASE=[a-z0-9./]+:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", base)
    names = [line.split()[2] for line in arguments("FROM")]
    for line in arguments("FROM"):
        assert line.split()[0] in {"${BASE}", "scratch", *names}


def test_the_targets():
    """cpu and gpu, of which cpu is built where none is named."""
    names = [line.split()[2] for line in arguments("FROM")]
    assert {"cpu", "gpu"} <= set(names)
    assert names[-1] == "cpu"


def test_no_frontend_is_fetched():
    """No syntax line, which would make a builder fetch its frontend from a registry."""
    assert "syntax=" not in DOCKERFILE


def test_nothing_is_latest():
    """No image floats."""
    assert ":latest" not in DOCKERFILE


def test_the_user_is_a_number():
    """As runAsNonRoot asks for, and the same as in k8s/."""
    assert arguments("USER") == ["10001:10001"]
    jobs = (ROOT / "k8s").glob("*.yaml")
    users = {user for job in jobs for user in re.findall(r"runAsUser: (\d+)", job.read_text())}
    assert users == {"10001"}


def test_the_entry_point_is_mammo():
    """`podman run IMAGE check ...` is `mammo check ...`; k8s/ names the same command."""
    assert arguments("ENTRYPOINT") == ['["mammo"]']


@pytest.mark.parametrize("name", ["revision", "version", "source", "licenses"])
def test_an_image_says_what_it_is(name: str):
    """Both targets have the OCI labels."""
    labels = [line for line in arguments("LABEL") if f"org.opencontainers.image.{name}=" in line]
    assert len(labels) == 2


def test_manifests_come_to_say_the_revision():
    """The code in an image has no .git; jobs/common/versions.py takes this variable for it."""
    assert arguments("ENV").count("MAMMO_REVISION=${REVISION}") == 2


def test_the_last_stages_run_nothing():
    """What is in an image was copied there: no shell's leftovers, no package manager's cache."""
    final = DOCKERFILE[DOCKERFILE.index("FROM scratch") :]
    assert not re.search(r"^(RUN|ADD)", final, re.MULTILINE)


def test_packages_are_installed_by_hash():
    """Every installation of packages names a lock; what builds from source is locked, too."""
    installs = [line for line in arguments("RUN") if "pip install" in line or "$INSTALL" in line]
    assert len(installs) == 4
    for line in installs:
        assert "--require-hashes -r " in line or "$INSTALL ./source" in line
    assert "--no-deps --build-constraints build.lock" in DOCKERFILE


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_one(lock: str):
    """Each package by one version, with hashes, from no index of its own."""
    assert pins(lock)
    for package in pins(lock).values():
        assert re.match(r"[a-z0-9._-]+(\[[a-z-]+\])?==[^\s;]+", package)
        assert "--hash=sha256:" in package
    assert "http" not in (ROOT / lock).read_text()


def test_one_tensorflow_an_image():
    """Both packages are the module tensorflow: cpu has the one, gpu the other with CUDA 12."""
    cpu, gpu = pins("docker/cpu.lock"), pins("docker/gpu.lock")
    assert "tensorflow-cpu" in cpu and "tensorflow" not in cpu
    assert "tensorflow" in gpu and "tensorflow-cpu" not in gpu
    assert "nvidia-cudnn-cu12" in gpu and "nvidia-cudnn-cu12" not in cpu


@pytest.mark.parametrize("lock", LOCKS[:3])
def test_an_image_has_what_the_tests_ran_with(lock: str):
    """The versions of requirements.lock, wherever both have a package."""
    tested = pins("requirements.lock")
    for name, package in pins(lock).items():
        assert name not in tested or tested[name].split()[0] == package.split()[0]


@pytest.mark.parametrize("name", ["pytest", "ruff", "mypy", "hypothesis", "uv", "pip"])
def test_an_image_has_no_tools_of_development(name: str):
    """Of neither lock."""
    assert name not in pins("docker/cpu.lock") | pins("docker/gpu.lock")


def test_what_the_build_sees():
    """All that is not named is left out of the context, so nothing of a checkout slips in."""
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    seen = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    assert {"jobs", "mammo_tfds", "k8s", "docker", "pyproject.toml", "README.md", "LICENSE"} <= seen
    assert not seen & {".git", "shared", "study-root", ".venv", "tests"}
