"""stdout and stderr that are not there; tests/jobs/test_cli.py has those that are full."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobs.common.standard_streams import named_stdout

REPOSITORY = Path(__file__).parents[3]
PRINTS = """
import sys
from pathlib import Path
from jobs.common.standard_streams import named_stdout, open_closed_streams
open_closed_streams()
with Path(sys.argv[1]).open("w") as file, named_stdout():
    print("to stdout", flush=True)
    print("to stderr", file=sys.stderr, flush=True)
    file.write("to the file")
"""


@pytest.mark.parametrize("closed", ["", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_the_caller_has_closed(tmp_path: Path, closed: str):
    """What is printed there is lost, and never gets into a file that was opened since."""
    path = tmp_path / "file"
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", PRINTS, path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert path.read_text() == "to the file"
    lost = (" >&-" in f" {closed}", "2>&-" in closed)
    assert (done.stdout == "", done.stderr == "") == lost


def test_stdout_is_itself_otherwise(capsys: pytest.CaptureFixture[str]):
    """All that it has can be asked for; afterwards it is what it was."""
    before = sys.stdout
    with named_stdout():
        print("a line")
        sys.stdout.writelines(["two\n", "three\n"])
        assert sys.stdout.isatty() == before.isatty()
        assert sys.stdout.encoding == before.encoding
    assert sys.stdout is before
    assert capsys.readouterr().out == "a line\ntwo\nthree\n"
