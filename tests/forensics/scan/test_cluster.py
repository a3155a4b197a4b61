"""A scan on a Ray cluster that runs already gives the rows of the plain loop, and leaves the cluster running."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from scanning import PLAIN, contents, scanned

from subband.forensics.scan.on_ray import QUIET

pytest.importorskip("ray", reason="a cluster needs Ray: pip install 'subband[scale]'")

RUN = Path(__file__).parent / "scan_process.py"
RAY = Path(sys.executable).with_name("ray")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def environment() -> dict[str, str]:
    """Of the cluster and of those who use it: the same token, and the modules of these tests."""
    path = os.pathsep.join([str(Path(__file__).parent), *map(os.path.abspath, sys.path)])
    return os.environ | QUIET | {"PYTHONPATH": path, "RAY_AUTH_TOKEN": secrets.token_hex(32)}


@pytest.fixture
def cluster(environment) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a cluster of this machine alone, and its process."""
    place = tempfile.mkdtemp(prefix="sb-ray-")  # the names of its sockets must be short
    port = free_port()
    words = [
        str(RAY), "start", "--head", "--block", f"--port={port}", "--num-cpus=2",
        "--include-dashboard=false", f"--temp-dir={place}", "--object-store-memory=100000000",
    ]  # fmt: skip
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        seen, host = "", None
        for line in process.stdout:
            seen += line
            host = host or re.search(r"Local node IP: (\S+)", re.sub(r"\x1b\[[0-9;]*m", "", line))
            if "Ray runtime started" in line:
                break
        assert host, seen
        yield f"{host[1]}:{port}", psutil.Process(process.pid)
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        _, left = psutil.wait_procs(children, timeout=30)
        for child in left:
            child.kill()
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.slow
def test_a_cluster_by_its_address(cluster, environment, folder, tmp_path, model):
    address, process = cluster
    scanned([folder], tmp_path / "plain", model, PLAIN)
    done = subprocess.run(
        [sys.executable, str(RUN), str(folder), str(tmp_path / "out"), str(model), "2", address],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "done 30 2 0"
    assert contents(tmp_path / "out") == contents(tmp_path / "plain")
    assert process.is_running()


def test_an_address_where_nothing_is(environment, folder, tmp_path, model):
    address = f"127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, str(RUN), str(folder), str(tmp_path / "out"), str(model), "2", address],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert f"ScanError: can't reach Ray at {address}: " in done.stderr.splitlines()[-1]
