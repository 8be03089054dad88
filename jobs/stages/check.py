"""release -> what is in it, and every problem. Reads a release folder; writes to stdout alone."""

import argparse
import sys
from pathlib import Path

from jobs.common.arguments import add_overrides
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.errors import convert_errors
from jobs.data.inspection import inspect_release
from jobs.data.inventory import as_json, as_text, take_inventory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RELEASE, --config, --set, --json and --quick."""
    parser.add_argument(
        "release", type=Path, metavar="RELEASE", help="the INbreast release, or a folder it lies in"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="STUDY_YAML",
        help="a study whose data section says who is sick and which window is applied (default: 4, "
        "5 and 6, and the first window)",
    )
    add_overrides(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    parser.add_argument(
        "--quick", action="store_true", help="read the images' headers only, not their pixels"
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Writes to stdout what is in the release, and what is wrong with it.

    Raises:
        DataError: the release cannot be used; names the first problem that prevents it.
        ConfigError: the study cannot be read.
    """
    decoded = not options.quick
    data = load_study(options.config, options.overrides).data
    release, inspections = inspect_release(options.release, decoded, watch, data.window)
    inventory = take_inventory(release, inspections, data.sick)
    show = as_json if options.json else as_text
    sys.stdout.write(show(release, inventory, decoded))
    with convert_errors():
        release.require_usable()
