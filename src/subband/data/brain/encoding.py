"""A brain whose answers are known: pictures → wavelet energies → receptive fields → blood flow → noise."""

from dataclasses import dataclass

import numpy as np
import scipy

from subband.errors import InvalidInput
from subband.transforms.dualtree import dtcwt

INTERVAL, SAMPLING = 4.0, 2.0  # seconds between pictures, and between volumes
PEAK = (4.0, 6.0)  # seconds after a picture at which its response is read
# Sub-bands of the dual tree, and the angle of their spatial frequency in degrees.
DIRECTIONS = {"+a+d": 18, "+d+d": 45, "+d+a": 72, "+d-a": 108, "+d-d": 135, "+a-d": 162}


def haemodynamic_response(seconds: np.ndarray) -> np.ndarray:
    """The response of blood flow to a brief event at 0: two gamma densities, of peak 1 near 5 seconds.

    Source: Glover 1999, "Deconvolution of impulse response in event-related BOLD fMRI"; the parameters of SPM.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import haemodynamic_response
        >>> haemodynamic_response(np.array([0.0, 5.0, 10.0, 15.0])).round(2).tolist()  # rise, peak, undershoot
        [0.0, 1.0, 0.18, -0.09]
    """

    gamma = scipy.stats.gamma

    def shape(t: np.ndarray) -> np.ndarray:
        return gamma.pdf(t, 6) - gamma.pdf(t, 16) / 6

    return shape(np.asarray(seconds, dtype=float)) / shape(np.linspace(0, 10, 1001)).max()


@dataclass(frozen=True, eq=False)
class EncodingModel:
    """Voxels that pool wavelet energies of a picture, compress them, and are seen through blood flow and noise.

    A voxel's response is (Σ w e)^½: e are squared moduli of dual-tree wavelets, which are those of complex
    cells (energy in 6 directions on each scale, blind to local phase), and w is a receptive field in space,
    times a tuning to scale and direction. Responses of successive pictures, 4 seconds apart, add up through
    the haemodynamic response; a picture's response is the mean of the two volumes 4 and 6 seconds after it,
    and holds what its neighbours left there. White noise comes on top. Voxels are in the order of their
    receptive fields, row by row, so that neighbours are alike.

    Attributes:
        weights: (features, V).
        scale, offset: (V,) which give responses mean 0 and variance 1 over the pictures it was made with.
        noise: (V,) standard deviation of a volume's noise, in these units.

    Source: Kay et al. 2008, "Identifying natural images from human brain activity"; Kay et al. 2013,
    "Compressive spatial summation in human visual cortex".

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import encoding_model
        >>> random = np.random.default_rng(0)
        >>> images = random.integers(0, 256, (20, 16, 16), dtype=np.uint8)
        >>> subject = encoding_model(images, voxels=5, random=random)
        >>> subject.measure(images, random, repeats=3).shape
        (3, 20, 5)
        >>> bool((subject.ceiling(3) > subject.ceiling(1)).all())  # repetitions average noise
        True
    """

    weights: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    noise: np.ndarray

    def responses(self, images: np.ndarray) -> np.ndarray:
        """Responses without noise and blur, (N, V), of pictures (N, size, size), uint8."""
        return (np.sqrt(energies(images) @ self.weights) - self.offset) / self.scale

    def measure(self, images: np.ndarray, random: np.random.Generator, *, repeats: int = 1) -> np.ndarray:
        """Measured responses, each repetition in another random order: (repeats, N, V) float32."""
        r = self.responses(images)
        found = np.empty((repeats, *r.shape), np.float32)
        for k in range(repeats):
            order = random.permutation(len(r))
            shown, mixed = r[order], np.zeros_like(r)
            for lag, weight in blur().items():  # what the picture `lag` pictures before leaves in the reading
                lagged = slice(max(lag, 0), len(r) + min(lag, 0)), slice(max(-lag, 0), len(r) - max(lag, 0))
                mixed[lagged[0]] += weight * shown[lagged[1]]
            volumes = random.standard_normal((len(PEAK), *r.shape)) * self.noise
            found[k, order] = mixed + volumes.mean(axis=0)
        return found

    def ceiling(self, repeats: int = 1) -> np.ndarray:
        """Correlation of measured means with responses without blur and noise, in closed form: (V,).

        Pictures in random order are independent, so that what neighbours leave is noise of known variance.
        """
        weights = blur()
        signal = weights[0] ** 2
        rest = sum(w**2 for lag, w in weights.items() if lag) + self.noise**2 / len(PEAK)
        return np.sqrt(signal / (signal + rest / repeats))


def encoding_model(
    images: np.ndarray, voxels: int, random: np.random.Generator, *, noise: float = 1.0
) -> EncodingModel:
    """A random subject.

    Args:
        images: (N, size, size) uint8 pictures, for the scale of the responses; size a multiple of 8.
        voxels: number of them.
        random: generator of its receptive fields.
        noise: standard deviation of a volume's noise, relative to that of responses; voxels vary around it.

    Raises:
        InvalidInput: no voxels, negative noise, or pictures of another shape.

    Example:
        >>> import numpy as np
        >>> from subband.data.brain import encoding_model
        >>> random = np.random.default_rng(0)
        >>> images = random.integers(0, 256, (20, 16, 16), dtype=np.uint8)
        >>> r = encoding_model(images, voxels=5, random=random).responses(images)
        >>> r.shape, bool(np.allclose(r.mean(0), 0)), bool(np.allclose(r.var(0), 1))
        ((20, 5), True, True)
    """
    if voxels < 1 or noise < 0:
        raise InvalidInput(
            f"can't make a brain of {voxels} voxels with noise={noise}: give 1 or more, and 0 or more"
        )
    grids = _grids(images)
    centres = random.uniform(0.1, 0.9, (voxels, 2))
    centres = centres[np.lexsort((centres[:, 1], np.floor(centres[:, 0] * 8)))]
    spread = random.uniform(0.06, 0.16, voxels)  # of the receptive field, relative to the picture
    preferred, sharp = random.uniform(0, np.pi, voxels), random.uniform(0, 2, voxels)
    scales = random.dirichlet(np.ones(len(grids)), voxels)
    angles = np.deg2rad(list(DIRECTIONS.values()))
    tuning = np.exp(sharp[:, None] * np.cos(2 * (angles - preferred[:, None])))
    parts = []
    for k, side in enumerate(grids):
        at = (np.arange(side) + 0.5) / side
        field = [np.exp(-0.5 * ((at - centre[:, None]) / spread[:, None]) ** 2) for centre in centres.T]
        w = np.einsum("vy,vx,vd->dyxv", *field, tuning) * scales[:, k] / side**2
        parts.append(w.reshape(-1, voxels))
    weights = np.concatenate(parts)
    r = np.sqrt(energies(images) @ weights)
    levels = noise * np.exp(0.3 * random.standard_normal(voxels))
    return EncodingModel(weights, np.maximum(r.std(axis=0), 1e-12), r.mean(axis=0), levels)


def energies(images: np.ndarray) -> np.ndarray:
    """Squared moduli of dual-tree wavelets, by level, direction, row and column: (N, features) float64."""
    _grids(images)
    c = dtcwt(images.astype(np.float64) / 255, level=3, axes=(-2, -1))
    bands = [c[level][name] for level in (1, 2, 3) for name in DIRECTIONS]
    return np.concatenate([np.abs(band).reshape(len(images), -1) ** 2 for band in bands], axis=1)


def blur() -> dict[int, float]:
    """Weight, in a picture's reading, of the picture so many before it: lag → weight."""
    after = np.array(PEAK)
    lags = range(-1, int(32 / INTERVAL) + 1)
    weights = {lag: float(haemodynamic_response(after + lag * INTERVAL).mean()) for lag in lags}
    return {lag: w for lag, w in weights.items() if abs(w) > 1e-3}


def _grids(images: np.ndarray) -> tuple[int, int, int]:
    """Sides of the three levels."""
    side = images.shape[-1]
    if images.ndim != 3 or images.shape[1] != side or side % 8 or images.dtype != np.uint8:
        raise InvalidInput(
            f"pictures are uint8 (N, size, size), the size a multiple of 8, not {images.dtype} of shape "
            f"{images.shape}"
        )
    return side // 2, side // 4, side // 8
