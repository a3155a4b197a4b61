"""Every doctest of the library, module by module."""

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
MODULES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in (SOURCE / "subband").rglob("*.py")
    if ">>>" in path.read_text("utf-8")
)

NEEDS_MORE = {
    "subband.forensics.explanation.picture": "a trained detector and a picture; docs/guides/detectors.md has it",
    "subband.forensics.scan.run_scan": "a Ray cluster; tests/forensics/scan",
}
"""Modules whose examples are marked to be skipped, and what those need."""


OF_KERNELS = "subband.kernels.build"
"""The module whose examples show that there are kernels."""


@pytest.mark.parametrize("name", [name for name in MODULES if name != OF_KERNELS])
def test_doctests_of_a_module(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0 or name in NEEDS_MORE
    assert found.failed == 0


@pytest.mark.compiled
def test_doctests_that_tell_of_the_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test_doctests_of_a_module(OF_KERNELS, tmp_path, monkeypatch)


def test_there_are_doctests() -> None:
    assert len(MODULES) > 100
