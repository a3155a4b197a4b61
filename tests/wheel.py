"""Tries a wheel in an empty environment, without and then with extras: `python tests/wheel.py FOLDER`."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

LARGEST = 220
"""Megabytes that the base installation may take, with NumPy and SciPy, before Python adds its compiled modules."""

EXTRAS = {"": (), "jax": ("jax",), "torch": ("torch==2.13.0",), "lab": ()}
"""Extra → what must be installed before it. One environment takes them one after the other."""

INSTRUCTIONS = ("", "v2", "v3", "v4", "reference")
"""Instruction sets that the base installation is tried with: the processor's own choice, and each; a set that the
processor lacks is the best that it has."""

ROOT = Path(__file__).parent.parent


def main(folder: Path) -> None:
    (wheel,) = folder.resolve().glob("*.whl")
    with tempfile.TemporaryDirectory(prefix="subband-wheel-") as place:
        venv.create(place, with_pip=True)
        python = Path(place, "Scripts" if sys.platform == "win32" else "bin", "python")
        packages = Path(
            subprocess.check_output([python, "-c", "import pip; print(pip.__path__[0])"], text=True).strip()
        ).parent
        empty = megabytes(packages)
        tried: list[str] = []
        for extra, before in EXTRAS.items():
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            pip += ["--constraint", ROOT / "constraints.txt"]
            for wanted in (*before, f"{wheel}[{extra}]" if extra else str(wheel)):
                subprocess.run([*pip, wanted], check=True)
            tried += [extra] if extra else []
            for instructions in INSTRUCTIONS if not extra else ("",):
                chosen = {"SUBBAND_INSTRUCTIONS": instructions} if instructions else {}
                subprocess.run(
                    [python, ROOT / "tests" / "installed.py", *tried],
                    check=True,
                    cwd=place,
                    env=os.environ | chosen,
                )
            installed, cached = (now - before for now, before in zip(megabytes(packages), empty, strict=True))
            print(
                f"{'with ' + ', '.join(tried) if tried else 'alone'}: {installed:.0f} MB, and {cached:.0f} MB of "
                "compiled modules",
                flush=True,
            )
            if not extra and installed > LARGEST:
                sys.exit(f"the base installation takes more than {LARGEST} MB")


def megabytes(folder: Path) -> tuple[float, float]:
    """Size of all files below a folder: those of packages, and those that Python compiled from them."""
    files = [(file.suffix == ".pyc", file.stat().st_size) for file in folder.rglob("*") if file.is_file()]
    return tuple(sum(size for compiled, size in files if compiled is which) / 1e6 for which in (False, True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
