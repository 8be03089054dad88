"""dataset, space.yaml -> a setting. Reads dataset/, weights/; writes features/, searches/<name>/.

Any number of workers do it together, each with a --worker of its own. One that was stopped goes on
where it was, but for the trials that it had begun.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.common.arguments import add_config, add_root, add_wait, add_worker, run_name
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.study import load_study

if TYPE_CHECKING:
    from jobs.search.plan import SearchPlan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo search`."""
    add_root(parser)
    add_config(parser)
    parser.add_argument(
        "--space", type=Path, required=True, metavar="SPACE_YAML", help="what is tried"
    )
    parser.add_argument(
        "--name",
        type=run_name,
        required=True,
        metavar="NAME",
        help="the search's name: what it finds lies in ROOT/searches/NAME",
    )
    add_worker(parser)
    add_wait(parser)


def plan(options: argparse.Namespace, watch: Watch) -> "SearchPlan":
    """The search's trials, and what came of them."""
    from jobs.search.plan import SearchPlan
    from jobs.search.space import load_space

    if options.worker < 0:
        raise UsageError(f"--worker must be at least 0; got {options.worker}")
    base = load_study(options.config, options.overrides)
    space = load_space(options.space, base)
    return SearchPlan.draw_up(options.root, options.name, base, space, options.worker)
