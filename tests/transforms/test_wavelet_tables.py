"""The tabulated filters against PyWavelets', to the last bit."""

import pytest
import pywt

import subband as sb
from subband.errors import InvalidInput


@pytest.mark.parametrize("name", pywt.wavelist(kind="discrete"))
def test_filters_are_pywavelets(name: str) -> None:
    ours, theirs = sb.wavelet(name), pywt.Wavelet(name)
    assert (ours.dec_lo, ours.dec_hi, ours.rec_lo, ours.rec_hi) == tuple(map(tuple, theirs.filter_bank))


def test_names_in_capitals_are_known_and_others_are_not() -> None:
    assert sb.wavelet("DB4") == sb.wavelet("db4")
    for name, said in (
        ("db99", "did you mean 'db9'"),
        ("cmor1.5-1.0", "is a continuous wavelet"),
        ("", "is unknown"),
    ):
        with pytest.raises(InvalidInput, match=said):
            sb.wavelet(name)
