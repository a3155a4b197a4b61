"""Importing is light, and needs nothing that only some systems have."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import subband as sb

SOURCE = Path(sb.__file__).parent
HEAVY = {
    "numpy",
    "torch",
    "jax",
    "matplotlib",
    "pywt",
    "sklearn",
    "skimage",
    "pandas",
    "scipy",
    "PIL",
    "asyncio",
}
LIGHT = {
    "subband._lazy",
    "subband._version",
    "subband.arrays",
    "subband.arrays.former_names",
    "subband.arrays.import_hooks",
}


def run(code: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, timeout=300
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_importing_brings_no_framework() -> None:
    """How long it takes is measured by benchmarks/import_time.py."""
    loaded = set(run("import subband, sys; print(*sys.modules)").split())
    assert not HEAVY & loaded
    assert {name for name in loaded if name.startswith("subband.")} == LIGHT


def test_a_transform_of_an_array_brings_no_other_library() -> None:
    code = "import numpy as np, subband as sb, sys; sb.dwt(np.ones(64), 'haar'); print(*sys.modules)"
    assert not (HEAVY - {"numpy", "pywt"}) & set(run(code).split())  # PyWavelets has the tables of wavelets


@pytest.mark.parametrize("words", ["train diffusion --help", "sample --help", "reproduce --list"])
def test_help_and_lists_wait_for_what_settings_need_and_for_no_more(words: str) -> None:
    """Modules with settings import PyTorch; SciPy imports its parts when they are used."""
    code = f"""
import sys
from subband.cli import main
sys.argv = ["subband", *{words.split()}]
try:
    main()
finally:
    print(*sys.modules)
"""
    loaded = set(run(code).splitlines()[-1].split())
    assert not {"accelerate", "sklearn", "pandas", "matplotlib", "jax"} & loaded
    assert not {f"scipy.{part}" for part in ("stats", "signal", "integrate", "interpolate")} & loaded


def test_a_framework_brings_all_operators_and_containers() -> None:
    """A saved program may use them."""
    code = "import subband, torch, sys; print(*sys.modules)"
    assert {f"subband.{module}" for module in sb._MODULES} <= set(run(code).split())


ELSEWHERE = """
import importlib, os, pkgutil, signal, sys

# What other packages' modules need of this system they take before it is gone.
import numpy, scipy.fft, pywt, torch, torch.distributed, jax, sklearn.ensemble, skimage.data
import matplotlib.pyplot
import accelerate, huggingface_hub, typer, rich, jinja2, PIL.Image, multiprocessing.pool

POSIX = (
    "fork", "register_at_fork", "sched_getaffinity", "getuid", "geteuid", "getgid", "getpgid", "killpg", "setsid",
    "nice", "getloadavg", "uname", "sysconf", "mkfifo", "wait3", "WNOHANG", "posix_spawn", "statvfs", "chown",
)
for name in POSIX:
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "SIGSTOP", "alarm", "setitimer", "pause"):
    if hasattr(signal, name):
        delattr(signal, name)
for name in ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"):
    sys.modules[name] = None  # importing it raises ImportError

import subband
for module in pkgutil.walk_packages(subband.__path__, "subband."):
    importlib.import_module(module.name)

import numpy as np
x = np.arange(2.0 ** 17)
subband.set_threads(2)
assert np.allclose(subband.idwt(subband.dwt(x, "db2", 2)), x)
print(len([name for name in sys.modules if name.startswith("subband.")]), subband.threads())
"""


@pytest.mark.slow
def test_every_module_is_imported_without_what_only_posix_has() -> None:
    modules, threads = map(int, run(ELSEWHERE).split())
    assert modules > 200
    assert threads == 2


WITHOUT_FORK = """
import os
for name in ("fork", "register_at_fork", "sched_getaffinity"):
    if hasattr(os, name):
        delattr(os, name)
os.environ.pop("SUBBAND_THREADS", None)
import subband
print(subband.threads())
"""


def test_the_bare_package_is_imported_without_fork() -> None:
    assert int(run(WITHOUT_FORK)) == os.cpu_count()


def test_evidence_without_a_detector_needs_no_torch() -> None:
    code = "import sys, subband.forensics.evidence, subband.forensics.scan; print('torch' in sys.modules)"
    assert run(code).strip() == "False"


LAZY = sorted(
    ".".join(("subband", *path.parent.relative_to(SOURCE).parts))
    for path in SOURCE.rglob("__init__.py")
    if "names_of(" in path.read_text("utf-8")
)


@pytest.mark.parametrize("package", LAZY)
def test_a_lazy_package_has_the_names_that_type_checkers_see(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    for_type_checkers = next(statement for statement in tree.body if isinstance(statement, ast.If))
    seen = {
        name.name: statement.module
        for statement in for_type_checkers.body
        if isinstance(statement, ast.ImportFrom)
        for name in statement.names
    }
    assert sorted(set(module.__all__) - {"__version__"}) == sorted(seen)
    assert sorted(module.__all__) == sorted(dir(module))
    for name, source in seen.items():
        assert getattr(module, name) is getattr(importlib.import_module(str(source)), name)
    assert not hasattr(module, "nothing")


NAMES_OF_MODULES = """
import subband, sys
from importlib import import_module
package = import_module(sys.argv[1])
for name in package.__all__:
    try:
        module = import_module(f"{package.__name__}.{name}")
    except ModuleNotFoundError as error:
        assert error.name == f"{package.__name__}.{name}"
    else:
        assert getattr(package, name) is not module
        print(name)
"""


@pytest.mark.parametrize("package", LAZY)
def test_a_module_does_not_take_the_place_of_the_function_of_its_name(package: str) -> None:
    """Python puts each module into its package when it is imported, after which no `__getattr__` is asked."""
    found = run(NAMES_OF_MODULES, package).split()
    if package == "subband.transforms.wavelets":
        assert found == ["dwt"]
