"""Programs that were exported by version 0.1.0, before modules moved, load and run."""

import io
import lzma
import subprocess
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from math import isclose
from pathlib import Path

import pytest
import torch

import subband as sb
from subband.arrays.static_json import FORMER, TYPES, read, write

FILE = Path(__file__).parents[1] / "fixtures" / "program-0.1.0.pt2.xz"


def test_a_program_with_every_container_in_its_output() -> None:
    program = torch.export.load(io.BytesIO(lzma.decompress(FILE.read_bytes()))).module()
    x = torch.randn(2, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    plane = (-2, -1)
    expected = (
        sb.dwt(x, "db2", level=2, axes=plane),
        sb.packets(x, "haar", level=1, axes=plane),
        sb.packet_basis(x, "haar", ["aa", "ad", "d"]),
        sb.swt(x, "haar", level=1),
        sb.mra(x, "haar", level=1),
        sb.lift(x, "cdf2.2", level=1),
        sb.dtcwt(x, level=1),
        sb.cwt(x, "morse", voices=2),
        sb.stft(x, "hann", hop=4),
        sb.Scattering(1, J=2, Q=1)(x),
        sb.phase_correlation(x, x),
    )
    for got, want in zip(program(x), expected, strict=True):
        assert type(got) is type(want)
        for field in fields(want):
            former, present = getattr(got, field.name), getattr(want, field.name)
            if isinstance(present, torch.Tensor):
                torch.testing.assert_close(former, present)
            elif field.name == "norm" and isinstance(want, sb.StationaryCoefficients):
                assert (former, present) == (False, "l2")  # what version 0.1.0 called it
            elif not isinstance(present, tuple):
                assert alike(former, present), field.name


def alike(a: object, b: object) -> bool:
    """Equal but for the rounding of numbers: filters that are computed differ in it between processors."""
    if type(a) is not type(b):
        return False
    if is_dataclass(a):
        return all(alike(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return (
        isclose(a, b, rel_tol=1e-9, abs_tol=1e-11)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
    )


@pytest.mark.slow
@pytest.mark.parametrize("first", ["torch", "subband"])
def test_it_loads_in_a_process_that_has_used_nothing_yet(first: str) -> None:
    code = f"import {first}, io, lzma, subband, torch; file = lzma.open({str(FILE)!r})\n"
    code += "torch.export.load(io.BytesIO(file.read()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("key", TYPES)
def test_keys_name_types_that_are_there(key: str) -> None:
    module, _, name = TYPES[key].partition(":")
    assert isinstance(getattr(import_module(module), name), type)


def test_former_locations_are_read_as_their_keys() -> None:
    written = write(sb.wavelet("db2").analysis("symmetric"))
    assert written["type"] == "Bank"
    former = {"class": "subband.kernels.plan:Bank", "fields": written["fields"]}
    assert read(former) == read(written)
    assert set(FORMER.values()) <= set(TYPES)
