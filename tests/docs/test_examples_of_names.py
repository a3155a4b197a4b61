"""Every public name has an example that runs."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "sphinx_extensions"))

from examples_of_names import examples, names_in_code, own_doctest, without_example  # noqa: E402
from public_names import public_names  # noqa: E402


def test_every_public_name_has_an_example() -> None:
    missing = [name.full for name in without_example()]
    assert not missing, f"give {', '.join(missing)} an example: in the docstring, or on a page of docs"


def test_public_names_are_found_once() -> None:
    names = [name.full for name in public_names()]
    assert len(names) == len(set(names)) > 700
    assert {"subband.dwt", "subband.errors.InvalidInput", "subband.compat.pywt.wavedec"} <= set(names)
    assert not any(name.startswith(("subband.kernels", "subband.runs", "subband.cli")) for name in names)


def test_what_counts_as_an_example() -> None:
    def with_one() -> None:
        """
        >>> 1
        1
        """

    assert own_doctest(with_one)
    assert not own_doctest(len)
    assert names_in_code("from a import b\nsb.dwt(x)") >= {"b", "sb", "dwt", "x"}
    assert any(example.where == "start.md" and "denoise" in example.names for example in examples())
