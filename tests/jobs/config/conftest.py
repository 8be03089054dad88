"""Files that are read as study.yaml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.common.errors import ConfigError, ExitCode
from jobs.config.study import load_study


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a study.yaml of a text."""

    def write(text: str) -> Path:
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def refused(written: Callable[[str], Path]) -> Callable[[str], str]:
    """The one line that a study.yaml of a text is refused with, after the file's name."""

    def message(text: str) -> str:
        path = written(text)
        with pytest.raises(ConfigError) as caught:
            load_study(path)
        assert caught.value.exit_code is ExitCode.CONFIG == 78
        line = str(caught.value)
        assert line.startswith(f"{path}:")
        assert "\n" not in line
        return line.removeprefix(f"{path}:").strip()

    return message
