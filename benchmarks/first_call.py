"""Milliseconds of each transform's first call in a new process above its second, and seconds of a tour of twelve.

    python benchmarks/first_call.py [--runs 3] [--libraries numpy torch jax]

Every number is the least of some processes with an empty home, on one thread. The import of NumPy, PyTorch or JAX
is not counted; Subband's own is told apart, and is part of the tour. What JAX needs to trace and compile a program
is part of its first call. Subband is compiled to bytecode beforehand, as pip does when it installs it.
"""

import argparse
import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "dwt": lambda sb, x, s: sb.dwt(x, "db4", level=2),
    "dwt of images": lambda sb, x, s: sb.dwt(x, "db4", level=2, axes=(-2, -1)),
    "idwt": lambda sb, x, s: sb.idwt(sb.dwt(x, "db4", level=2)),
    "packets": lambda sb, x, s: sb.packets(x, "haar", level=2, axes=(-2, -1)),
    "best_basis": lambda sb, x, s: sb.best_basis(x[0], "sym8", axes=(-2, -1)),
    "packet_band": lambda sb, x, s: sb.packet_band(x, "haar", "ad"),
    "swt": lambda sb, x, s: sb.swt(x, "sym4", level=2),
    "mra": lambda sb, x, s: sb.mra(x, "sym4", level=2),
    "dtcwt": lambda sb, x, s: sb.dtcwt(x, level=2, axes=(-2, -1)),
    "lift": lambda sb, x, s: sb.lift(x, "legall5.3", level=2),
    "denoise": lambda sb, x, s: sb.denoise(x, "sym8", axes=(-2, -1)),
    "cwt": lambda sb, x, s: sb.cwt(s, "morse", fs=100.0),
    "icwt": lambda sb, x, s: sb.icwt(sb.cwt(s, "morse", fs=100.0)),
    "synchrosqueeze": lambda sb, x, s: sb.synchrosqueeze(sb.cwt(s, "morse", fs=100.0)),
    "extract_ridge": lambda sb, x, s: sb.extract_ridge(sb.cwt(s, "morse", fs=100.0)),
    "stft": lambda sb, x, s: sb.stft(s, "hann", hop=32),
    "istft": lambda sb, x, s: sb.istft(sb.stft(s, "hann", hop=32)),
    "shift": lambda sb, x, s: sb.shift(x, 0.25),
    "rotate": lambda sb, x, s: sb.rotate(x, 0.1),
    "phase_correlation": lambda sb, x, s: sb.phase_correlation(x[0], x[1]),
    "register_images": lambda sb, x, s: sb.register_images(x[0], x[1]),
    "Scattering of lines": lambda sb, x, s: sb.Scattering(J=4, Q=4)(s),
    "Scattering of images": lambda sb, x, s: sb.Scattering(ndim=2, J=2, L=4)(x),
    "JointScattering": lambda sb, x, s: sb.JointScattering(J=5, J_fr=2, Q=4)(s),
    "HarmonicScattering": lambda sb, x, s: sb.HarmonicScattering(J=1)(x[:, :8, :8]),
    "wavelet_moments": lambda sb, x, s: sb.wavelet_moments(x[0], J=2, L=4),
    "scattering_covariance": lambda sb, x, s: sb.scattering_covariance(x[0], J=2, L=4),
    "wavelet_phase_harmonics": lambda sb, x, s: sb.wavelet_phase_harmonics(x[0], J=2, L=4),
}
"""Name → call on `subband`, four images of 64 × 64, and a signal of 1024 samples."""

TOUR = (
    "dwt", "idwt", "packets", "swt", "cwt", "synchrosqueeze", "stft", "dtcwt", "denoise", "Scattering of lines",
    "Scattering of images", "JointScattering",
)  # fmt: skip
"""The calls of the tour, in one process, with `import subband`."""


def arrays(library: str) -> tuple[Any, Any]:
    """The images and the signal, in float32."""
    x = np.random.default_rng(0).standard_normal((4, 64, 64)).astype(np.float32)
    if library == "torch":
        import torch

        torch.set_num_threads(1)
        return torch.as_tensor(x), torch.as_tensor(x[0].ravel()[:1024])
    if library == "jax":
        import jax.numpy as jnp

        return jnp.asarray(x), jnp.asarray(x[0].ravel()[:1024])
    return x, x[0].ravel()[:1024]


def seconds(call: Callable[[], Any]) -> float:
    """Seconds of one call, its result ready."""
    start = time.perf_counter()
    result = call()
    wait = getattr(getattr(result, "array", result), "block_until_ready", None)
    if wait:
        wait()
    return time.perf_counter() - start


def measured(library: str, name: str) -> tuple[float, float, float]:
    """Seconds of `import subband`, of the first and of the second call; of the tour, and of the same again."""
    x, s = arrays(library)

    def call() -> Any:
        results = [CALLS[part](sb, x, s) for part in (TOUR if name == "tour" else [name])]
        return results[-1]

    start = time.perf_counter()
    import subband as sb

    imported = time.perf_counter() - start
    first = seconds(call) + (imported if name == "tour" else 0)
    return imported, first, seconds(call)


def in_new_process(library: str, name: str) -> tuple[float, float, float]:
    """`measured`, in a process of its own with an empty home."""
    with tempfile.TemporaryDirectory(prefix="subband-") as home:
        run = subprocess.run(
            [sys.executable, __file__, "--one", library, name],
            env={**os.environ, "HOME": home},
            capture_output=True,
            text=True,
            check=True,
        )
    imported, first, second = map(float, run.stdout.split())
    return imported, first, second


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, help="processes for each number")
    parser.add_argument("--libraries", nargs="+", default=["numpy", "torch", "jax"])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(*measured(*given.one))
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(Path(find_spec("subband").origin).parent, quiet=2)  # pyright: ignore[reportArgumentType, reportOptionalMemberAccess]
    for library in given.libraries:
        above = []
        for name in (*CALLS, "tour"):
            runs = [in_new_process(library, name) for _ in range(given.runs)]
            imported, first, second = (1e3 * min(times) for times in zip(*runs, strict=True))
            print(
                f"{library:6} {name:24} import {imported:6.1f} ms, first {first:8.1f} ms, then {second:8.2f} ms",
                flush=True,
            )
            above.append((first - second, name))
        worst, name = max(above[:-1])  # the last is the tour
        print(f"{library:6} at most {worst:.1f} ms above the second call ({name})", flush=True)


if __name__ == "__main__":
    main()
