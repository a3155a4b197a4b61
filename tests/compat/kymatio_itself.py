"""kymatio, to compare with: it imports a function that SciPy 1.17 has no more, which is put back for the moment."""

import pytest
import scipy.special

if not hasattr(scipy.special, "sph_harm"):
    scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)

theirs = pytest.importorskip("kymatio")
