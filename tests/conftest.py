"""Shared by all tests: strict numerics, one thread a worker, and the data that lies beside the project."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

# Two test processes share two cores; a kernel that took both would only wait for itself.
os.environ.setdefault("SUBBAND_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Each program of XLA runs once here, and optimising it takes longer than running it; our kernels are compiled.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

# A shell's background job ignores Ctrl-C, and so would each process that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import jaxtyping
import numpy as np
import pytest

# Shapes and types of what passes between functions are checked here, and only here: users pay nothing.
jaxtyping.install_import_hook(["subband.forensics", "subband.generate", "subband.nn"], "typecheck.check")

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the compiled kernels are skipped where no compiler was found."""
    from subband.kernels.build import compiled, why_not

    for item in () if compiled() else items:
        if item.get_closest_marker("compiled"):
            item.add_marker(pytest.mark.skip(reason=f"no compiled kernels{why_not()}"))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data beside the project: $SUBBAND_DATA, or ../shared/data."""
    folder = Path(os.environ.get("SUBBAND_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(
            f"no data at {folder}: set SUBBAND_DATA to the folder that holds kodak.tar and its siblings"
        )
    return folder


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Hints are not checked, as for users, so that our own errors for wrong types can be seen."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
