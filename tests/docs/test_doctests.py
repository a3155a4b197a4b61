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


@pytest.mark.parametrize("name", MODULES)
def test_doctests_of_a_module(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0 or name in NEEDS_MORE
    assert found.failed == 0


def test_there_are_doctests() -> None:
    assert len(MODULES) > 100
