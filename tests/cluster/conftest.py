"""A real Ray cluster of two nodes on this computer, of one core each, on loopback."""

import importlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

import loraviewer


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def ray_home():
    """Short, since sockets lie in it; where Ray and its nodes write."""
    folder = Path(tempfile.mkdtemp(prefix="lvt-"))
    root = str(Path(loraviewer.__file__).parent.parent)
    os.environ |= {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": str(folder),
        "RAY_worker_niceness": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]),
        "LORAVIEWER_CLUSTER_CACHE": str(folder / "kept"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


ARGUMENTS = {
    "num_cpus": 1,
    "num_gpus": 0,
    "object_store_memory": 100 << 20,
    "include_dashboard": False,
    "node_ip_address": "127.0.0.1",
}


@pytest.fixture(scope="session")
def cluster(ray_home):
    """Two nodes; tests that take one away bring another."""
    ray = importlib.import_module("ray.cluster_utils")  # what checks types may lack it
    cluster = ray.Cluster(initialize_head=True, head_node_args=ARGUMENTS)
    cluster.add_node(**ARGUMENTS, env_vars=apart(ray_home))
    yield cluster
    cluster.shutdown()


def apart(home):
    """The environment of a node that sees no files of others."""
    return {"LORAVIEWER_CLUSTER_CACHE": str(home / "far"), "LORAVIEWER_CLUSTER_SHARED": "no"}
