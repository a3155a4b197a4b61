"""Runs tests on an extension that was built with sanitizers: `python tests/sanitized.py FOLDER TESTS …`."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


def use(folder: Path) -> None:
    """Load the extension of a build folder in place of the installed one."""
    (path,) = folder.glob("_native*")
    spec = spec_from_file_location("subband._native", path)
    assert spec
    assert spec.loader
    sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])


if __name__ == "__main__":
    use(Path(sys.argv[1]))
    sys.exit(pytest.main(["-o", "addopts=", "-q", *sys.argv[2:]]))
