"""Keras's published weights of Inception V3, fetched and verified."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path

from jobs.common.errors import IoError
from jobs.common.progress import Watch, silent

# Keras's own: keras/applications/inception_v3.py, without the top.
IMAGENET_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
    "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"

_CHUNK = 1 << 20
_SECONDS = 60


def download(path: Path, url: str, md5: str, watch: Watch = silent) -> None:
    """Fetches a checkpoint and verifies its md5 (the digest that Keras publishes).

    Raises:
        IoError: the URL cannot be reached, or what it gives is not the published file.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response, path.open("xb") as file:
            total = int(response.headers.get("Content-Length", 0))
            while chunk := response.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
                watch("weights: bytes", file.tell(), total)
            file.flush()
            os.fsync(file.fileno())
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise IoError(
            f"{url}: cannot be fetched ({error}); check the network, run again"
        ) from error
    if digest.hexdigest() != md5:
        raise IoError(
            f"{url}: must have md5 {md5}, the download has {digest.hexdigest()}; run again, or set "
            "model.weights to a file"
        )
