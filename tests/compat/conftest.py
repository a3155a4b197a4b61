"""Short signals go to Subband's kernels here, so that no test compares PyWavelets with itself."""

import pytest

from subband.compat.pywt import onelevel


@pytest.fixture(autouse=True)
def own_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onelevel, "SHORT", 0)
