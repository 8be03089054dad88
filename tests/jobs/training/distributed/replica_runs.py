"""One small training, alone or as a replica of several, in a process of its own.

python -m tests.jobs.training.distributed.replica_runs FOLDER NAME [HOST:PORT ... INDEX]

FOLDER/NAME.npz gets the weights. FOLDER/features has the features that it trains on; a name with
`live` in it trains live, on the base in FOLDER/base.h5. One with `mirrored` in it trains on two
logical processors of this process.
"""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from jobs.config.sections import HeadConfig, ModelConfig, TrainConfig, ViewsConfig
from jobs.config.study import Study
from jobs.data.training_set import TrainingSet
from jobs.features.store import Features, feature_files
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier, view_classifier
from jobs.model.inception_v3 import read_network
from jobs.training.batches import BatchLoader
from jobs.training.distributed.peers import ALONE, Peers
from jobs.training.distributed.replicas import Replicas
from jobs.training.from_features import FeatureInputs
from jobs.training.inputs import TrainingInputs
from jobs.training.live_views import LiveViews
from jobs.training.loop import Trainer
from jobs.training.tensorboard.log import TensorBoardLog
from tests.reduced import reduced_image

IDS = [str(number) for number in range(40)]
SICK = {image_id: int(image_id) % 2 == 0 for image_id in IDS}
TRAINING_SET = TrainingSet(name="fold0", training=IDS[:30], validation=IDS[30:], sick=SICK)
# 75 views in batches of 37: the last one has a single view, none for the second of two replicas.
STUDY = Study(seed=5, head=HeadConfig(filters=4), train=TrainConfig(epochs=5, batch=37))

# 30 views in batches of 8: the last one has six.
LIVE = Study(
    seed=5,
    views=ViewsConfig(size=(80, 75)),
    model=ModelConfig(layer="mixed1"),
    head=HeadConfig(filters=2),
    train=TrainConfig(epochs=2, batch=8, live=True, unfreeze_from="mixed1"),
)


def write_features(folder: Path) -> None:
    """Three views of a sick image, two of a healthy one."""
    random = np.random.default_rng(0)
    for image_id in IDS:
        views = random.normal(0, 1, (3 if SICK[image_id] else 2, 4, 3, 5))
        views[..., 0] += SICK[image_id]
        np.save(folder / f"{image_id}.npy", views.astype(np.float16))


def train(folder: Path, name: str, replicas: Replicas) -> Path:
    """Trains to the end; the file has the last and the best weights."""
    work = folder / f"{name}.work"
    work.mkdir()
    study, inputs = _live(folder, replicas) if "live" in name else _stored(folder)
    batches = BatchLoader(inputs.source, study, TRAINING_SET, replicas)
    state = Trainer(inputs.build, batches, work).run(lambda epoch: None, TensorBoardLog(None))
    np.savez(folder / f"{name}.npz", *state.weights, *state.best)
    return folder / f"{name}.npz"


def _stored(folder: Path) -> tuple[Study, TrainingInputs]:
    features = Features(feature_files(folder / "features", IDS))
    return STUDY, TrainingInputs(
        FeatureInputs(features),
        lambda: feature_classifier(STUDY, TRAINING_SET.name, features.shape),
    )


def _live(folder: Path, replicas: Replicas) -> tuple[Study, TrainingInputs]:
    """Sources of noise; mixed1 and the head learn."""
    random = np.random.default_rng(0)
    sources = {
        image_id: reduced_image(
            random.integers(0, 2000 + 1500 * SICK[image_id], (95, 85, 1), np.uint16), (0.0, 4000.0)
        )
        for image_id in IDS
    }
    network = read_network(folder / "base.h5", LIVE.model.layer)
    return LIVE, TrainingInputs(
        LiveViews(LIVE, sources, dict.fromkeys(IDS, 1), replicas),
        lambda: view_classifier(LIVE, TRAINING_SET.name, network),
    )


def start(folder: Path, name: str, peers: Peers = ALONE) -> subprocess.Popen[str]:
    """Starts a process that trains."""
    which = [*peers.addresses, str(peers.index)] if peers.addresses else []
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), name, *which],
        stderr=subprocess.PIPE,
        text=True,
    )


def free_addresses(count: int) -> tuple[str, ...]:
    """Addresses of this machine that nobody listens at."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)
    for each in sockets:
        each.close()
    return addresses


def _main(folder: str, name: str, *which: str) -> None:
    peers = Peers(which[:-1], int(which[-1])) if which else ALONE
    if "mirrored" in name:
        import tensorflow as tf

        processors = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            processors[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
        tf_runtime.start()
        strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    else:
        if peers.count > 1:
            tf_runtime.join(peers.tf_config, peers.count)
        strategy = tf_runtime.strategy()
    train(Path(folder), name, Replicas(strategy, peers))


if __name__ == "__main__":
    _main(*sys.argv[1:])
