"""The download of ImageNet's weights, from a local server."""

import hashlib
import http.server
import threading
from functools import partial

import pytest

from jobs.common.errors import IoError
from jobs.model.download import download


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


def test_download_fetches_and_verifies(server, tmp_path):
    """A file with the published digest is kept; progress is counted in bytes."""
    folder, address = server
    content = bytes(range(256)) * 100
    (folder / "weights.h5").write_bytes(content)
    progress = []
    digest = hashlib.md5(content).hexdigest()
    download(tmp_path / "x", f"{address}/weights.h5", digest, lambda *step: progress.append(step))
    assert (tmp_path / "x").read_bytes() == content
    assert progress[-1][1:] == (len(content), len(content))


def test_download_refuses_other_content(server, tmp_path):
    """Another digest is an error that names both."""
    folder, address = server
    (folder / "weights.h5").write_bytes(b"a portal's login page")
    with pytest.raises(IoError, match="must have md5 abc, the download has"):
        download(tmp_path / "x", f"{address}/weights.h5", "abc")


@pytest.mark.parametrize("path", ["missing", "cut"])
def test_a_failed_download_names_the_address(server, tmp_path, path):
    """A missing file and a broken connection are I/O errors."""
    with pytest.raises(IoError, match=f"{path}"):
        download(tmp_path / "x", f"{server[1]}/{path}", "abc")
