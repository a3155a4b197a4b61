"""New bricks from a photograph of bricks, beside Gaussian noise of equal spectrum: python examples/synthesise.py"""

import numpy as np
from skimage import data

import subband as sb
from subband.synthesis import Scattering, Spectrum
from subband.synthesis.fields import periodic_component

bricks = periodic_component(data.brick()[:128, :128] / 255, 2)
for name, statistics in {
    "spectrum": Spectrum(J=4, L=8),
    "scattering and spectrum": Scattering(J=4, L=8) + Spectrum(J=4, L=8),
}.items():
    found = sb.synthesise(
        statistics, like=bricks, n=2, tol=0.01, validate=("spectrum", "marginal", "structure")
    )
    print(name, found, found.report, sep="\n", end="\n\n")
    third = [np.mean((x - bricks.mean()) ** 3) / bricks.std() ** 3 for x in (bricks, found.samples)]
    print("skewness of the example {:.2f}, of samples {:.2f}\n".format(*third))
