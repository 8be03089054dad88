"""Live training: the share of its time in which the step waits for views.

    python -m tests.benchmarks.live [--patients 12] [--size 299x299] [--unfreeze-from none]

`mammo train` on a prepared synthetic release, in this process; the figures are those of its
manifest's notes. The very first batch is waited for in full, so a few epochs are needed.
"""

import argparse
from pathlib import Path

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.common.progress import silent
from tests.benchmarks.measure import prepared, say_machine, workplace

STUDY = """
views: {{size: [{size}], healthy: 2, sick: 2}}
data: {{folds: 2}}
train: {{epochs: 3, batch: 8, live: true, unfreeze_from: {unfreeze_from}}}
"""


def main() -> None:
    """Prints the seconds waited and stepped, and the share of the first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--size", default="299x299")
    parser.add_argument("--unfreeze-from", default="none")
    options = parser.parse_args()
    say_machine()
    with workplace(None) as root:
        config = root / "study.yaml"
        size = options.size.replace("x", ", ")
        config.write_text(STUDY.format(size=size, unfreeze_from=options.unfreeze_from))
        prepared(root, config, options.patients, (1024, 832))
        waited, stepped = train(root, config)
    share = 100 * waited / (waited + stepped)
    print(f"waited {waited:.2f} s, stepped {stepped:.2f} s: {share:.2f} %      asked: below 5 %")


def train(root: Path, config: Path) -> tuple[float, float]:
    """Trains one fold; the seconds that its step has waited, and that it has taken."""
    line = f"train --root {root} --config {config} --run live --fold 0"
    given, stage = cli.parse(line.split())
    cli.call(stage, given, silent)
    manifest = read_manifest(root / "runs/live/fold0")
    assert manifest
    return manifest.notes["seconds_waited"], manifest.notes["seconds_stepped"]


if __name__ == "__main__":
    main()
