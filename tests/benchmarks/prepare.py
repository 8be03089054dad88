"""`mammo prepare` against a plain loop that writes the same pixels as PNGs.

    python -m tests.benchmarks.prepare [--release DIR] [--patients 12] [--rounds 3]

Without a release, a synthetic one of INbreast's size: 3328 x 2560, 16 bits, uncompressed. Both
sides are new processes, imports included, that read the same files (from the page cache after the
first round) and write into an empty folder; ours checks the release, hashes it, splits it, and
looks for doubled pixels, too. Both write losslessly; the PNGs are checked to hold the same pixels.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from jobs.data.dataset import open_dataset
from tests.benchmarks.measure import (
    make_phantom,
    measure_in_turns,
    print_machine,
    print_ratio,
    print_time,
    work_folder,
)

LOOP = """
import sys
from pathlib import Path
import pydicom
from PIL import Image
folder = Path(sys.argv[2])
for path in sorted(Path(sys.argv[1]).glob("AllDICOMs/[!.]*.dcm")):
    pixels = pydicom.dcmread(path).pixel_array
    Image.fromarray(pixels).save(folder / f"{path.name.partition('_')[0]}.png")
"""


def main() -> None:
    """Prints the time of an image on each side, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--release", type=Path)
    parser.add_argument("--patients", type=int, default=12, help="of the synthetic release")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print_machine()
    with work_folder(None) as folder:
        release = options.release or folder / "release"
        if not options.release:
            make_phantom(release, options.patients, (3328, 2560))
        root, pngs = folder / "root", folder / "png"
        config = folder / "study.yaml"
        config.write_text("data: {folds: 2}\n")
        calls = {
            "prepare": lambda: prepare(release, root, config),
            "a loop of pydicom and Pillow": lambda: loop(release, pngs),
        }
        medians = measure_in_turns(calls, options.rounds)
        count = len(list(pngs.iterdir()))
        require_same(root, pngs)
    times = {name: time.each(count) for name, time in medians.items()}
    print(f"{count} images, a new process for all of them")
    for name, time in times.items():
        print_time(name, time, "an image")
    ours, theirs = times.values()
    print_ratio("5. loop / prepare", theirs, ours, "at least 3 on two cores")


def prepare(release: Path, root: Path, config: Path) -> None:
    """`mammo prepare` into an empty root."""
    shutil.rmtree(root, ignore_errors=True)
    options = ("--release", release, "--root", root, "--config", config)
    call("-c", "import sys; from jobs.cli import main; sys.exit(main())", "prepare", *options)


def loop(release: Path, folder: Path) -> None:
    """The loop into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    call("-c", LOOP, release, folder)


def call(*arguments: object) -> None:
    """Runs Python in a new process."""
    subprocess.run([sys.executable, *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def require_same(root: Path, pngs: Path) -> None:
    """Raises AssertionError unless both wrote the same pixels."""
    dataset = open_dataset(root)
    for image in dataset.images:
        pixels = np.asarray(Image.open(pngs / f"{image.image_id}.png"))
        assert np.array_equal(dataset.pixels(image), pixels), image.image_id


if __name__ == "__main__":
    main()
