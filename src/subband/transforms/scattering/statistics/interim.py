from functools import partial

import numpy as np

from subband.arrays.programs import static


def make(shape, J, L, Q):
    from subband.transforms.scattering.statistics.fields import Wavelets

    if len(shape) == 2:

        def gab(j, th, xi, slant, n):
            f = np.meshgrid(*[2 * np.pi * np.fft.fftfreq(m) for m in n], indexing="ij")
            out = 0
            low = 0
            s = 0.8 * 2**j
            for a in (-2, -1, 0, 1, 2):
                for b in (-2, -1, 0, 1, 2):
                    wy, wx = f[0] + 2 * np.pi * a, f[1] + 2 * np.pi * b
                    u = np.cos(th) * wx + np.sin(th) * wy
                    v = -np.sin(th) * wx + np.cos(th) * wy
                    out = out + np.exp(-s * s / 2 * ((u - xi) ** 2 + (v / slant) ** 2))
                    low = low + np.exp(-s * s / 2 * (u**2 + (v / slant) ** 2))
            return out - low * out[0, 0] / low[0, 0] if xi else out

        sc = [j for j in range(J) for l in range(L)]
        an = [np.pi * l / L for j in range(J) for l in range(L)]
        fi = np.stack([gab(j, t, 0.75 * np.pi / 2**j, 4 / L, shape) for j, t in zip(sc, an)])
        return Wavelets(fi, gab(J - 1, 0, 0, 1, shape), tuple(sc), tuple(an), tuple(0.375 / 2**j for j in sc))
    (n,) = shape
    f = np.fft.fftfreq(n)
    fi = []
    sc = []
    fr = []
    for i in range(J * Q):
        xi = 0.35 / 2 ** (i / Q)
        s = xi * 0.4 / Q
        g = sum(np.exp(-((f + k - xi) ** 2) / 2 / s / s) for k in range(-4, 5))
        l = sum(np.exp(-((f + k) ** 2) / 2 / s / s) for k in range(-4, 5))
        fi.append(g - l * g[0] / l[0])
        sc.append(i // Q)
        fr.append(xi)
    return Wavelets(
        np.stack(fi), np.exp(-(f**2) / 2 / (0.1 / 2**J) ** 2), tuple(sc), (0.0,) * len(sc), tuple(fr)
    )


_wavelets = partial(static, keep=8)(make)
