"""Textures drawn anew
===================

Brodatz textures drawn anew::

    python examples/textures.py [SHEET.png] [TEXTURE ...]

Rows of the sheet: the example, Gaussian noise of its spectrum, and a sample with its scattering moments, histogram
and spectrum. The data are in the folder SUBBAND_DATA.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import subband as sb
from subband import plots
from subband.data.packs import unpack
from subband.synthesis import Histogram, Scattering, Spectrum
from subband.synthesis.fields import periodic_component

SIDE = 192
names = sys.argv[2:] or ["D4", "D9", "D12", "D24", "D57", "D84"]
models = {
    "spectrum": Spectrum(J=5, L=8),
    "scattering, spectrum and histogram": Scattering(J=5, L=8) + Spectrum(J=5, L=8) + Histogram(15),
}
strips: dict[str, list[np.ndarray]] = {name: [] for name in ("example", *models)}
with tempfile.TemporaryDirectory() as folder:
    textures = unpack("brodatz.tar", Path(folder)) / "brodatz"
    for name in names:
        grey = np.asarray(Image.open(textures / f"{name}.gif").convert("L"), float)
        half = grey[: 2 * SIDE, : 2 * SIDE].reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))
        texture = periodic_component((half - half.mean()) / half.std(), 2)
        strips["example"].append(texture)
        for model, statistics in models.items():
            found = sb.synthesise(
                statistics, like=texture, n=1, tol=5e-3, evaluations=300, validate=("structure",)
            )
            strips[model].append(found.samples[0])
            print(name, model, found, found.report, sep="\n")
sheet = plots.fields({name: np.stack(x) for name, x in strips.items()}, columns=len(names))
Path(sys.argv[1] if len(sys.argv) > 1 else "textures.png").write_bytes(plots.png(sheet, dpi=130))
