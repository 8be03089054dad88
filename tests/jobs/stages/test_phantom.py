"""`mammo phantom`: a synthetic release, made once, complete or not at all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.cli import main, parse
from jobs.common import atomic_write
from jobs.common.errors import ExitCode, UsageError
from jobs.stages import phantom
from jobs.stages.phantom import image_size
from mammo_tfds.phantom import generate
from tests.small_disks import small_volume

SMALL = ("--patients", "2", "--size", "128x104")
KILLED = """
import os, signal, sys
from jobs.common import resources
from jobs.cli import main
from mammo_tfds.phantom import generate
render, times = generate.render, iter(range(9))
def die(*given):
    if next(times):
        os.kill(os.getpid(), signal.SIGKILL)
    return render(*given)
generate.render = die
resources.limit_threads(1)
main()
"""


def test_it_makes_a_release_and_its_sheet(tmp_path, capsys):
    """One call writes both, and shows its progress on stderr."""
    out, sheet = tmp_path / "release", tmp_path / "sheet.png"
    command = ["phantom", str(out), "--patients", "2", "--size", "128x104", "--sheet", str(sheet)]
    assert main(command) == ExitCode.OK
    assert (out / "INbreast.csv").is_file()
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert "phantom: " in capsys.readouterr().err


def test_defaults():
    """Seed 20, INbreast's own number of patients, and a size that is fast to make."""
    options, _ = parse(["phantom", "somewhere"])
    assert (options.seed, options.patients, options.size) == (20, 108, (1024, 832))
    assert options.sheet is None


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--patients", "0"], ExitCode.USAGE, "patients must be between 1 and"),
        (["--size", "64x64"], ExitCode.USAGE, "size must have at least 128 rows"),
        (["--size", "1024"], ExitCode.USAGE, "--size must be ROWSxCOLS, such as 1024x832"),
        (["--sheet", "nowhere/sheet.png"], ExitCode.USAGE, "there is no folder nowhere"),
    ],
)
def test_wrong_options_are_refused(tmp_path, capsys, arguments, code, message):
    """One line has the rule and the value, and nothing is written."""
    assert main(["phantom", str(tmp_path / "out"), *arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", ["50k", "4k"])
def test_a_full_disk_is_named(tmp_path, size):
    """Exit 73 and the folder that was asked for, whether a file or a folder has no room."""
    on_it = small_volume(tmp_path, f"size={size}")
    if not on_it:
        pytest.skip("no small volume can be mounted here")
    out = tmp_path / "release"
    mammo = [sys.executable, "-c", "import sys; from jobs.cli import main; sys.exit(main())"]
    command = [*on_it, *mammo, "phantom", str(out), "--patients", "2", "--size", "128x104"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    message = f"mammo: cannot write {out}: No space left on device: make room, then run the same"
    assert done.stderr.splitlines()[-1].startswith(message)
    assert done.returncode == 73


def test_a_full_disk_under_the_sheet_is_named(tmp_path, capsys):
    """Exit 73 and the sheet's name."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    sheet = tmp_path / "sheet.png"
    sheet.symlink_to("/dev/full")
    command = ["phantom", str(tmp_path / "out"), "--patients", "2", "--size", "128x104"]
    assert main([*command, "--sheet", str(sheet)]) == ExitCode.CANNOT_CREATE
    message = f"mammo: cannot write {sheet}: No space left on device"
    assert capsys.readouterr().err.splitlines()[-1].startswith(message)


def test_a_folder_that_is_not_empty_is_not_changed(tmp_path, capsys):
    """Exit 73, and what to do."""
    (tmp_path / "mine").write_text("mine")
    assert main(["phantom", str(tmp_path)]) == ExitCode.CANNOT_CREATE
    assert (
        "exists and is not an empty folder; give a folder that is new or empty; to study what is "
        f"there: mammo study --release {tmp_path}" in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("text", ["", "10", "axb", "10x", "-5x10", "1024x832x3"])
def test_a_malformed_size_is_refused(text):
    """The error has the option's name and the value."""
    with pytest.raises(UsageError, match="--size must be ROWSxCOLS"):
        image_size(text)


def test_it_imports_no_heavy_library():
    """TensorFlow, TFDS, DALI and matplotlib are not imported."""
    code = (
        "import sys; import mammo_tfds.phantom, jobs.stages.phantom; "
        "print({'tensorflow', 'nvidia', 'matplotlib', 'tensorflow_datasets'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    """The files that were written before it are removed."""

    def fail(*_):
        raise OSError("broken")

    monkeypatch.setattr(generate, "render", fail)
    with pytest.raises(OSError, match="broken"):
        main(["phantom", str(tmp_path / "out"), *SMALL])
    assert not list(tmp_path.iterdir())


def test_what_a_killed_call_left_is_removed(tmp_path):
    """The next call removes it, and makes the release; half a release never has its name."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, "phantom", str(out), *SMALL]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -9
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.writing-") and len(list(left.rglob("*.dcm"))) == 1
    assert main(["phantom", str(out), *SMALL]) == ExitCode.OK
    assert list(tmp_path.iterdir()) == [out]


def test_a_release_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """Every file and folder is synced before the renaming, and the parent folder after it."""
    out, synced = tmp_path / "out", []

    def note(path):
        synced.append((path.relative_to(tmp_path), out.exists()))

    for module in (phantom, atomic_write):
        monkeypatch.setattr(module, "sync", note)
    assert main(["phantom", str(out), *SMALL]) == ExitCode.OK
    *before, last = synced
    assert not any(there for _, there in before) and last == (Path(), True)
    inner = {Path(*path.parts[1:]) for path, _ in before}
    assert inner == {path.relative_to(out) for path in (out, *out.rglob("*"))}


def test_two_calls_that_make_the_same_release_both_succeed(tmp_path, monkeypatch):
    """The second accepts the first one's release; if that is another one, it is an error."""
    out = tmp_path / "out"

    def make_another_meanwhile(seed):
        def make(folder, **wanted):
            generate.make_release(folder, **wanted)
            generate.make_release(out, **{**wanted, "seed": seed})

        return make

    for seed, code in ((20, ExitCode.OK), (21, ExitCode.CANNOT_CREATE)):
        monkeypatch.setattr("mammo_tfds.phantom.make_release", make_another_meanwhile(seed))
        assert main(["phantom", str(out), *SMALL]) == code
        assert list(tmp_path.iterdir()) == [out]
        shutil.rmtree(out)


def test_release_and_sheet_are_told_each_by_itself(tmp_path, capsys):
    """The sheet is drawn anew each time; a release that was there is up to date."""
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    command = ["phantom", str(out), "--patients", "1", "--size", "128x104", "--sheet", str(sheet)]
    for state in ("done", "up to date"):
        assert main(command) == ExitCode.OK
        assert capsys.readouterr().out == f"{out}: {state}\n{sheet}: done\n"


def test_a_second_call_writes_nothing(tmp_path, capsys):
    """The release is up to date; a call with another seed is refused."""
    out = tmp_path / "out"
    command = ["phantom", str(out), "--patients", "2", "--size", "128x104"]
    assert main(command) == ExitCode.OK
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    capsys.readouterr()
    assert main(command) == ExitCode.OK
    assert capsys.readouterr().out == f"{out}: up to date\n"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert main([*command, "--seed", "21"]) == ExitCode.CANNOT_CREATE
