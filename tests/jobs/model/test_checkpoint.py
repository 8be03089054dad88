"""Checkpoints: which file a study names, whether it will do, and how imagenet's is fetched."""

import dataclasses
import hashlib
import http.server
import threading
from functools import partial

import pytest

from jobs.common.errors import ConfigError, DataError, IoError
from jobs.config.sections import ModelConfig
from jobs.config.study import Study
from jobs.model.checkpoint import CONVOLUTIONS, read_checkpoint, require_layer, weights_recipe
from jobs.model.download import download
from tests.checkpoints import write_kernels

REAL = "weights/inception_v3_notop_to_mixed8.h5"


@pytest.fixture
def server(tmp_path):
    """A local web server; yields (folder that it serves, its address)."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if not self.path.startswith("/cut"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        return None


@pytest.mark.parametrize("layer", ["mixed0", "mixed7", "mixed8", "mixed10"])
def test_a_checkpoint_holds_what_its_convolutions_reach(tmp_path, layer):
    """A file with all convolutions up to a layer will do for it and every earlier one."""
    path = write_kernels(tmp_path / "x.h5", CONVOLUTIONS[layer])
    assert len(read_checkpoint(path)) == CONVOLUTIONS[layer]
    require_layer(path, layer)
    require_layer(path, "mixed0")


def test_a_checkpoint_that_ends_too_early_names_its_last_layer(tmp_path):
    """The error says what the file holds and what to set."""
    path = write_kernels(tmp_path / "x.h5", CONVOLUTIONS["mixed8"])
    with pytest.raises(DataError, match=r"up to model.layer mixed10; it ends with mixed8"):
        require_layer(path, "mixed10")


@pytest.mark.parametrize(
    ("count", "first"), [(53, (3, 3, 3, 32)), (0, (3, 3, 3, 32)), (94, (7, 7, 3, 64))]
)
def test_another_networks_checkpoint_is_refused(tmp_path, count, first):
    """ResNet's convolutions are not Inception V3's."""
    path = write_kernels(tmp_path / "x.h5", count, first)
    with pytest.raises(DataError, match="no Inception V3"):
        read_checkpoint(path)


def test_a_text_file_is_refused(tmp_path):
    """What is no HDF5 file is said to be none."""
    path = tmp_path / "x.h5"
    path.write_text("not weights")
    with pytest.raises(DataError, match="cut or no HDF5 file"):
        read_checkpoint(path)


def test_the_real_checkpoint_reaches_mixed8(shared):
    """Keras's ImageNet weights up to mixed8 are counted so."""
    assert len(read_checkpoint(shared / REAL)) == CONVOLUTIONS["mixed8"]


def test_a_cut_real_checkpoint_is_refused(shared, tmp_path):
    """Half of a checkpoint is named as cut, not loaded as far as it goes."""
    whole = (shared / REAL).read_bytes()
    path = tmp_path / "cut.h5"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.h5.*cut or no HDF5 file"):
        read_checkpoint(path)


def test_a_missing_checkpoint_is_a_configuration_error(tmp_path):
    """`model.weights` that is no file is named with its path."""
    study = dataclasses.replace(Study(), model=ModelConfig(weights=str(tmp_path / "none.h5")))
    with pytest.raises(ConfigError, match=r"model\.weights .*none\.h5"):
        weights_recipe(study)


def test_a_files_key_is_its_content(tmp_path):
    """The same bytes under another name are the same weights; other bytes are others."""
    keys = []
    for name, content in [("a", b"1"), ("b", b"1"), ("c", b"2")]:
        (tmp_path / name).write_bytes(content)
        study = dataclasses.replace(Study(), model=ModelConfig(weights=str(tmp_path / name)))
        keys.append(weights_recipe(study).key)
    assert keys[0] == keys[1] != keys[2]


def test_random_weights_depend_on_the_seed():
    """Another seed is another base."""
    assert weights_recipe(Study(seed=1)).key != weights_recipe(Study(seed=2)).key


def test_download_fetches_and_verifies(server, tmp_path):
    """What has the published digest is kept, and progress is told in bytes."""
    folder, address = server
    content = bytes(range(256)) * 100
    (folder / "weights.h5").write_bytes(content)
    seen = []
    digest = hashlib.md5(content).hexdigest()
    download(tmp_path / "x", f"{address}/weights.h5", digest, lambda *told: seen.append(told))
    assert (tmp_path / "x").read_bytes() == content
    assert seen[-1][1:] == (len(content), len(content))


def test_download_refuses_other_content(server, tmp_path):
    """Another digest is an error that names both."""
    folder, address = server
    (folder / "weights.h5").write_bytes(b"a portal's login page")
    with pytest.raises(IoError, match="must have md5 abc, what came has"):
        download(tmp_path / "x", f"{address}/weights.h5", "abc")


@pytest.mark.parametrize("path", ["missing", "cut"])
def test_download_says_what_failed(server, tmp_path, path):
    """A missing file and a connection that breaks are I/O errors that name the address."""
    with pytest.raises(IoError, match=f"{path}"):
        download(tmp_path / "x", f"{server[1]}/{path}", "abc")
