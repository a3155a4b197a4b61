"""One good call of every public function, class and method, whose arguments are then spoilt one by one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import subband as sb


class Call(NamedTuple):
    """A function with good values for its arguments, by name; those left out have defaults."""

    of: Callable[..., Any]
    good: Mapping[str, Any]


RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 32))
IMAGE = RNG.standard_normal((16, 16))
ANGLES = np.array([0.3, 0.5])
TAPS = np.array([0.25, 0.5, 0.25])
LEVEL = {"level": 2}
C, IMAGE_C = sb.dwt(X, "db2", level=2), sb.dwt(IMAGE, "db2", level=1, axes=(0, 1))
P = sb.packets(X, "db2", level=2)
BASIS = sb.packet_basis(X, "haar", ["aa", "ad", "d"])
SWT, MRA, TREE, LIFTED = (
    sb.swt(X, "haar", level=2),
    sb.mra(X, "haar", level=2),
    sb.dtcwt(X, level=2),
    sb.lift(X, "haar"),
)
COHERENCE = sb.wavelet_coherence(X, X[::-1], frequencies=(0.2, 0.3))
CROSS, RED = sb.cross_spectrum(X, X[::-1], frequencies=(0.2, 0.3)), sb.RedNoise(2.0, 0.5)
PAIR_HOW = {
    "y": X[::-1], "wavelet": "morse", "frequencies": (0.1, 0.2), "fs": 1.0, "axis": -1, "voices": 4,
    "mode": "symmetric", "impl": None,
}  # fmt: skip
CWT, STFT = sb.cwt(X, "morse", voices=3), sb.stft(X, "hann", 4)
SQUEEZED = sb.synchrosqueeze(CWT)
BANK = sb.filter_bank(J=3, Q=2)
FILTERS = sb.Filters.of("db2")
SCATTERING, JOINT = sb.Scattering(J=3, Q=2), sb.JointScattering(J=3, J_fr=1, Q=4)
HARMONIC = sb.HarmonicScattering(J=1, L=1)
SPACE = RNG.standard_normal((8, 8, 8))
S, JOINT_S = SCATTERING(X), JOINT(X)
STATISTICS = sb.wavelet_moments(IMAGE, J=2, L=2)
RAYS = sb.Radon((8, 8), angles=(0, 30))
MAP = sb.linear_map(sb.dwt, 32, "db2", level=2)
SCHEME = sb.lifting("cdf2.2")
SYSTEM = sb.linear_system([[0.0, 1.0], [-1.0, -0.5]], [[0.0], [1.0]], [[1.0, 0.0]], [[0.5]])
SAMPLED = SYSTEM.discretise(0.25)
STREAM = partial(sb.stream, sb.dwt, "db2", level=2)
STREAMED = STREAM()
BLOCKS = [STREAMED.push(X), STREAMED.finish()]
STATISTIC = {"x": IMAGE, "J": 2, "L": 2, "Q": 1, "bank": "morlet", "axes": (-2, -1), "chunk": "auto"}
WHOLE = {"mode": "symmetric", "axes": -1, "impl": None}

FUNCTIONS: dict[str, dict[str, Any]] = {
    "BandPass": {"xi": 0.3, "sigma": 0.05, "j": 1, "q": 0, "theta": 0.0},
    "DOG": {"order": 2},
    "BSpline": {"order": 3, "bandwidth": 1.0, "centre": 1.0},
    "Bump": {"mu": 5.0, "sigma": 0.5},
    "ComplexGaussian": {"order": 2},
    "GaussianDerivative": {"order": 2},
    "Morlet": {"centre": 6.0, "bandwidth": 2.0},
    "Morse": {"beta": 20.0, "gamma": 3.0},
    "Paul": {"order": 4},
    "RealMorlet": {"centre": 5.0},
    "DualTreeFilters": {"first": sb.hilbert_pair().first, "later": sb.hilbert_pair().later},
    "FilterBank": {"family": BANK.family, "filters": BANK.filters, "J": 3, "normalise": "none"},
    "Filters": {name: getattr(FILTERS, name) for name in ("dec_lo", "dec_hi", "rec_lo", "rec_hi")},
    "Wavelet": {"name": "mine"}
    | {name: getattr(sb.wavelet("db2"), name) for name in ("dec_lo", "dec_hi", "rec_lo", "rec_hi")},
    "LiftingScheme": {"name": "mine", "steps": SCHEME.steps, "scales": (1.5, 0.5), "wavelet": ""},
    "Scattering": {
        "ndim": 1, "J": 3, "Q": 2, "L": 2, "order": 2, "T": 8.0, "average": True, "oversampling": 0,
        "bank": "morlet", "normalise": None, "pad_mode": "reflect", "aliases": None, "padded_from": None, "fs": 2.0,
    },
    "JointScattering": {
        "J": 3, "J_fr": 1, "Q": 4, "Q_fr": 1, "T": 8.0, "F": 2.0, "average": True, "average_fr": True,
        "format": "joint", "pad_mode": "reflect", "fs": 2.0,
    },
    "HarmonicScattering": {
        "J": 1, "L": 1, "sigma_0": 1.0, "order": 2, "powers": (1.0,), "method": "integral", "covariant": True,
    },
    "SolidHarmonics": {"J": 1, "L": 1, "sigma_0": 1.0},
    "RedNoise": {"variance": 2.0, "correlation": 0.5},
    "alias_cancellation_loss": {"filters": FILTERS, "strict": False},
    "orthogonality_loss": {"filters": FILTERS},
    "perfect_reconstruction_loss": {"filters": FILTERS},
    "average_power": {"c": CWT, "over": "frequency"},
    "basis_cost": {"basis": BASIS, "cost": "lp", "parameter": 1.0, "signal_norm": 1.0},
    "best_basis": {"x": X, "wavelet": "haar", "level": 2, "cost": "lp", "parameter": 1.0, **WHOLE},
    "blockwise": {
        "transform": sb.dwt, "source": X, "wavelet": "db2", "level": 2, "mode": "symmetric", "axis": -1, "block": 8,
    },
    "coherence_significance": {
        "c": COHERENCE, "noises": (RED, RED), "level": 0.9, "surrogates": 3, "seed": 0, "progress": None,
    },
    "cross_spectrum": {"x": X, **PAIR_HOW, "norm": "l2"},
    "cross_spectrum_significance": {"c": CROSS, "noises": (RED, RED), "level": 0.9},
    "cwt": {
        "x": X, "wavelet": "morse", "frequencies": (0.1, 0.2), "fs": 1.0, "axis": -1, "voices": 4,
        "mode": "symmetric", "norm": "l1", "remainder": True, "impl": None,
    },
    "denoise": {
        "x": X, "wavelet": "haar", "method": "bayes", "shrinkage": "soft", "level": 2, "mode": "symmetric",
        "axes": -1, "sigma": 0.5, "transform": "dwt",
    },
    "band_direction": {"name": "+a-d"},
    "dtcwt": {"x": X, "level": 2, "axes": -1, "mode": "periodization", "filters": None, "impl": None},
    "dwt": {"x": X, "wavelet": "db2", "level": 2, **WHOLE},
    "filter_bank": {
        "name": "gammatone", "J": 3, "Q": 2, "L": 2, "ndim": 1, "normalise": "none", "r_psi": 0.5, "slant": 0.5,
        "order": 3,
    },
    "fit_red_noise": {"x": X, "axis": -1},
    "threshold_firm": {"x": X, "low": 0.5, "high": 1.0},
    "frame_bounds": {"window": "hann", "hop": 4, "n_fft": 16},
    "gaussian_window": {"n": 8, "sigma": 2.0},
    "hilbert_pair": {"moments": 3, "delay": 2, "first": "db4"},
    "icwt": {"c": CWT, "method": "exact"},
    "idtcwt": {"c": TREE, "impl": None},
    "idwt": {"c": C, "impl": None},
    "imra": {"c": MRA},
    "instantaneous_frequency": {"c": CWT},
    "ipacket_band": {"band": P["ad"], "wavelet": "db2", "path": "ad", "shape": (2, 32), **WHOLE},
    "ipacket_basis": {"basis": BASIS, "impl": None},
    "ipackets": {"p": P, "impl": None},
    "istft": {"s": STFT, "eps": 1e-6},
    "iswt": {"c": SWT, "level": 1},
    "isynchrosqueeze": {"s": SQUEEZED, "band": (0.1, 0.2), "method": "delta"},
    "lattice_filters": {"angles": ANGLES},
    "lattice_angles": {"given": "db2"},
    "lift": {"x": X, "scheme": "cdf2.2", "level": 2, "axes": -1, "mode": "reflect"},
    "lifting": {"name": "haar"},
    "lifting_filters": {
        "scheme": "haar", "weights": [np.array([1.0]), np.array([0.5])], "scales": np.array([1.0, 1.0]),
    },
    "Blur": {
        "shape": (16, 12), "kernel": np.ones((3, 3)), "mode": "zero", "method": "auto", "dtype": "float64",
    },
    "Downsample": {
        "shape": (16, 12), "factor": (2, 3), "kernel": "cubic", "axes": (0, 1), "mode": "zero", "dtype": "float64",
    },
    "FourierSamples": {"mask": np.eye(4, dtype=bool), "dtype": "float64"},
    "Mask": {"mask": np.eye(4), "dtype": "float64"},
    "Radon": {
        "shape": (8, 7), "angles": (0.0, 45.0), "detectors": 9, "spacing": 1.5, "beam": "fan", "distance": 16.0,
        "centre": (3.5, 3.0), "impl": None, "dtype": "float64",
    },
    "gaussian_kernel": {"sigma": 1.5, "ndim": 2, "truncate": 4.0},
    "stack_maps": {"operators": [sb.Mask(np.eye(4)), sb.Downsample((4, 4), 2)]},
    "linear_map": {"transform": sb.dwt, "shape": (32,), "wavelet": "db2", "dtype": "float64", "level": 2},
    "linear_system": {"A": SYSTEM.A, "B": SYSTEM.B, "C": SYSTEM.C, "D": SYSTEM.D, "dt": 0.25},
    "log_frequencies": {"wavelet": "morse", "samples": 64, "fs": 1.0, "voices": 4},
    "max_level": {"size": 64, "given": "db2"},
    "mra": {"x": X, "wavelet": "db2", "level": 2, "axes": -1, "transform": "dwt", "mode": "symmetric"},
    "noise_level": {"c": C},
    "packet_band": {"x": X, "wavelet": "db2", "path": "ad", **WHOLE},
    "packet_basis": {"x": X, "wavelet": "haar", "tree": ["aa", "ad", "d"], **WHOLE},
    "packets": {"x": X, "wavelet": "db2", "level": 2, "order": "natural", **WHOLE},
    "phase_correlation": {
        "a": IMAGE, "b": IMAGE, "axes": (-2, -1), "floor": 0.1, "window": "hann", "mask": IMAGE > -1,
        "moving_mask": IMAGE > -1, "overlap": 0.25, "wrap": "resolve",
    },
    "power_significance": {"c": CWT, "noise": RED, "level": 0.9, "average": "time"},
    "register_images": {
        "a": IMAGE, "b": IMAGE, "axes": (-2, -1), "window": "hann", "mask": IMAGE > -1,
        "moving_mask": IMAGE > -1, "overlap": 0.25,
    },
    "extract_ridge": {"c": CWT, "penalty": 1.0, "reach": 2},
    "extract_ridges": {"c": CWT, "n": 2, "penalty": 1.0, "reach": 2, "bandwidth": 1.0},
    "rotate": {"x": IMAGE, "angle": 0.3, "axes": (-2, -1)},
    "scattering_covariance": {**STATISTIC, "y": None, "reference": "own"},
    "aliasing": {
        "layer": np.abs, "frequencies": (0.125, 0.25), "shape": 16, "phases": 8, "rate": 1.0, "margin": 0,
        "like": X,
    },
    "downsample": {"x": X, "factor": 2, "axes": -1, "mode": "reflect", "filter": TAPS},
    "filtered_leaky_relu": {
        "x": IMAGE[None, None], "bias": np.array([0.5]), "up_filter": TAPS, "down_filter": TAPS, "up": 2, "down": 2,
        "pad": 4, "gain": 1.5, "slope": 0.25, "clamp": 4.0, "impl": None,
    },
    "filtered_nonlinearity": {
        "x": X, "f": abs, "factor": 2, "axes": -1, "mode": "symmetric", "filter": TAPS,
    },
    "jinc_filter": {"taps": 5, "cutoff": 0.25, "width": 0.25, "fs": 1.0},
    "kaiser_filter": {"taps": 5, "cutoff": 0.25, "width": 0.25, "fs": 1.0},
    "lanczos_rotate": {"x": IMAGE, "angle": 0.5, "axes": (0, 1), "a": 2, "mode": "zero"},
    "lanczos_shift": {"x": X, "amount": 1.5, "axes": -1, "a": 2, "mode": "constant"},
    "lowpass": {
        "x": X, "cutoff": 0.25, "axes": -1, "fs": 1.0, "width": 0.25, "mode": "reflect", "radial": False,
    },
    "resample": {"x": X, "up": 3, "down": 2, "axes": -1, "mode": "zero", "filter": TAPS},
    "upsample": {"x": X, "factor": 2, "axes": -1, "mode": "periodic", "filter": TAPS},
    "scattering_energy": {"x": X, "scattering": SCATTERING},
    "shift": {"x": X, "amount": 1.5, "axes": -1},
    "stft": {"x": X, "window": "hann", "hop": 4, "fs": 1.0, "axis": -1, "n_fft": 16, "scaling": "psd"},
    "stream": {"transform": sb.dwt, "wavelet": "db2", "level": 2, "mode": "reflect", "axis": -1, "block": 4},
    "swt": {"x": X, "wavelet": "db2", "level": 2, "axes": -1, "norm": "l2"},
    "synchrosqueeze": {"c": CWT, "threshold": 0.1},
    "threshold": {"x": X, "value": 0.5, "shrinkage": "soft"},
    "unlift": {"c": LIFTED},
    "wavelet": {"given": "db2"},
    "wavelet_coherence": {"x": X, **PAIR_HOW, "octaves": 0.5},
    "wavelet_covariance": {
        "x": X, "y": X[::-1], "wavelet": "db2", "level": 2, "axis": -1, "fs": 1.0, "mode": "periodic",
        "confidence": 0.9,
    },
    "wavelet_moments": STATISTIC,
    "wavelet_phase_harmonics": {**STATISTIC, "shifts": 1, "reference": "own"},
    "wavelet_variance": {
        "x": X, "wavelet": "db2", "level": 2, "axis": -1, "fs": 1.0, "mode": "periodic", "freedom": "eta1",
        "interval": "chi2", "confidence": 0.9,
    },
    "window": {"given": "hann", "n": 8},
}  # fmt: skip
"""By name in `subband.transforms`."""

MADE_BY_TRANSFORMS = {
    "Aliasing",
    "BlockCoefficients", "Blockwise", "InverseBlockwise", "InverseStream", "Stream",
    "Coefficients", "Components", "ContinuousCoefficients", "CrossSpectrum", "Displacement", "DualTreeCoefficients",
    "HarmonicCoefficients", "JointCoefficients", "JointPaths", "LiftingCoefficients", "LinearMap", "Operator",
    "LinearSystem",
    "PacketBasis",
    "PacketCoefficients", "Paths", "Registration", "ScatteringCoefficients", "StationaryCoefficients",
    "StftCoefficients", "SummaryStatistics", "SynchrosqueezedCoefficients",
    "WaveletCoherence", "WaveletCovariance", "WaveletVariance",
}  # fmt: skip
"""Containers, which nobody makes by hand: their fields are whatever a tree map puts there."""

METHODS: dict[str, Call] = {
    "Coefficients[]": Call(C.__getitem__, {"level": 1}),
    "Coefficients.replace": Call(C.replace, {"array": C.array}),
    "Coefficients.map": Call(C.map, {"f": abs}),
    "StationaryCoefficients[]": Call(SWT.__getitem__, {"level": 1}),
    "StationaryCoefficients.map": Call(SWT.map, {"f": abs}),
    "Components[]": Call(MRA.__getitem__, {"level": 1}),
    "DualTreeCoefficients[]": Call(TREE.__getitem__, {"level": 1}),
    "DualTreeCoefficients.map": Call(TREE.map, {"f": np.conj}),
    "LiftingCoefficients[]": Call(LIFTED.__getitem__, {"level": 1}),
    "details[]": Call(C[1].__getitem__, {"name": "d"}),
    "details of images[]": Call(IMAGE_C[1].__getitem__, {"name": "ad"}),
    "details of a dual tree[]": Call(TREE[1].__getitem__, {"name": "+d"}),
    "approximations of a dual tree[]": Call(TREE.approx.__getitem__, {"name": "+a"}),
    "PacketCoefficients[]": Call(P.__getitem__, {"paths": "ad"}),
    "PacketBasis[]": Call(BASIS.__getitem__, {"path": "ad"}),
    "PacketBasis.map": Call(BASIS.map, {"f": abs}),
    "PacketBasis.tiles": Call(BASIS.tiles, {"fs": 1.0}),
    "ScatteringCoefficients[]": Call(S.__getitem__, {"key": 1}),
    "ScatteringCoefficients[] of a path": Call(S.__getitem__, {"key": (0,)}),
    "ScatteringCoefficients.replace": Call(S.replace, {"array": S.array}),
    "JointCoefficients.replace": Call(JOINT_S.replace, {"array": JOINT_S.array}),
    "Paths[]": Call(S.paths.__getitem__, {"key": 1}),
    "Paths.of_order": Call(S.paths.of_order, {"order": 1}),
    "Paths.place": Call(S.paths.place, {"path": (0,)}),
    "JointPaths[]": Call(JOINT_S.paths.__getitem__, {"key": 1}),
    "JointPaths.where": Call(JOINT_S.paths.where, {"order": 2}),
    "SummaryStatistics[]": Call(STATISTICS.__getitem__, {"statistic": "mean"}),
    "SummaryStatistics.entries": Call(STATISTICS.entries, {"statistic": "mean"}),
    "Scattering()": Call(SCATTERING, {"x": X, "impl": None}),
    "Scattering.cascade": Call(SCATTERING.cascade, {"shape": 32}),
    "JointScattering()": Call(JOINT, {"x": X, "impl": None}),
    "JointScattering.plan": Call(JOINT.plan, {"samples": 32}),
    "HarmonicScattering()": Call(HARMONIC, {"x": SPACE}),
    "HarmonicScattering() at points": Call(
        sb.HarmonicScattering(J=1, L=1, method="local"), {"x": SPACE, "points": [[1, 2, 3]]}
    ),
    "stream of swt": Call(
        sb.stream, {"transform": sb.swt, "wavelet": "db2", "level": 2, "mode": "zero", "norm": "l1"}
    ),
    "stream of stft": Call(sb.stream, {"transform": sb.stft, "window": "hann", "hop": 4, "fs": 2.0, "n_fft": 16}),
    "stream of cwt": Call(
        sb.stream,
        {"transform": sb.cwt, "wavelet": "morse", "frequencies": (0.1, 0.25), "fs": 1.0, "tolerance": 0.5}
        | {"mode": "zero"},
    ),
    "blockwise inverse": Call(sb.blockwise, {"transform": sb.idwt, "source": C, "block": 8}),
    "Stream.push": Call(lambda x: STREAM().push(x), {"x": X}),
    "Stream.join": Call(lambda blocks: STREAM().join(blocks), {"blocks": BLOCKS}),
    "InverseStream.push": Call(lambda c: STREAM().inverse().push(c), {"c": BLOCKS[0]}),
    "BlockCoefficients[]": Call(BLOCKS[0].__getitem__, {"level": 1}),
    "BlockCoefficients.map": Call(BLOCKS[0].map, {"f": abs}),
    "BlockCoefficients.replace": Call(BLOCKS[0].replace, {"bands": BLOCKS[0].bands}),
    "Blockwise.into": Call(sb.blockwise(sb.dwt, X, "db2", level=2).into, {"out": np.empty_like(C.array)}),
    "FilterBank.spectra": Call(BANK.spectra, {"shape": 32, "width": 8.0}),
    "FilterBank.lowpass": Call(BANK.lowpass, {"shape": 32, "width": 8.0}),
    "FilterBank.littlewood_paley": Call(BANK.littlewood_paley, {"shape": 32, "width": 8.0}),
    "FilterBank.in_space": Call(BANK.in_space, {"shape": 32, "width": 8.0}),
    "SolidHarmonics.lowpass": Call(
        sb.SolidHarmonics(1).lowpass, {"shape": (8, 8, 8), "j": 1, "dtype": "float64"}
    ),
    "SolidHarmonics.spectra": Call(sb.SolidHarmonics(1).spectra, {"shape": (8, 8, 8), "degree": 1, "j": 1}),
    "RedNoise.spectrum": Call(RED.spectrum, {"frequencies": (0.1, 0.2), "fs": 1.0}),
    "RedNoise.draw": Call(RED.draw, {"samples": 8, "seed": 0}),
    "Filters.of": Call(sb.Filters.of, {"given": "db2", "like": X}),
    "Filters.fixed": Call(FILTERS.fixed, {"name": "mine"}),
    "Operator.forward": Call(RAYS.forward, {"x": np.ones((8, 8))}),
    "Operator.adjoint": Call(RAYS.adjoint, {"y": np.ones(RAYS.output_shape)}),
    "Operator.check": Call(RAYS.check, {"dtype": "float32", "seed": 0}),
    "Stack.split": Call(sb.stack_maps([sb.Mask(np.eye(4))]).split, {"y": np.ones(16)}),
    "LinearMap.forward": Call(MAP.forward, {"x": X}),
    "LinearMap.adjoint": Call(MAP.adjoint, {"y": C}),
    "LinearMap.inverse": Call(MAP.inverse, {"y": C}),
    "LinearSystem.discretise": Call(SYSTEM.discretise, {"dt": 0.25, "method": "tustin"}),
    "LinearSystem.states": Call(SAMPLED.states, {"u": X[..., None], "x0": np.ones(2)}),
    "LinearSystem.simulate": Call(SAMPLED.simulate, {"u": X[..., None], "x0": np.ones(2)}),
    "LinearSystem.impulse_response": Call(SAMPLED.impulse_response, {"count": 8}),
    "LinearSystem.frequency_response": Call(SAMPLED.frequency_response, {"frequencies": np.array([0.5, 1.0])}),
    "LinearSystem.balanced_truncation": Call(SAMPLED.balanced_truncation, {"order": 1}),
    "linear_map of cwt": Call(
        sb.linear_map, {"transform": sb.cwt, "shape": 32, "fs": 1.0, "voices": 4, "axis": -1, "mode": "zero"}
    ),
    "linear_map of stft": Call(sb.linear_map, {"transform": sb.stft, "shape": 32, "window": "hann", "hop": 4}),
    "linear_map of resample": Call(sb.linear_map, {"transform": sb.resample, "shape": 32, "up": 3, "down": 2}),
    "linear_map of lowpass": Call(
        sb.linear_map, {"transform": sb.lowpass, "shape": 32, "cutoff": 0.25, "width": 0.125}
    ),
    "lowpass of images": Call(
        sb.lowpass, {"x": IMAGE, "cutoff": 0.25, "axes": (0, 1), "radial": True, "width": 0.25}
    ),
    "linear_map of shift": Call(sb.linear_map, {"transform": sb.shift, "shape": 32, "amount": 1.5, "axes": -1}),
    "shift along two axes": Call(sb.shift, {"x": IMAGE, "amount": (1.5, 2.0), "axes": (0, 1)}),
    "threshold of images": Call(sb.threshold, {"x": IMAGE, "value": np.ones((16, 1)), "shrinkage": "hard"}),
    "stft by samples": Call(sb.stft, {"x": X, "window": np.hanning(16), "hop": 4}),
    "window with a parameter": Call(sb.window, {"given": ("tukey", 0.5), "n": 8}),
    "scattering_covariance of two": Call(
        sb.scattering_covariance, {"x": IMAGE, "y": IMAGE, "J": 2, "L": 2, "reference": None}
    ),
}  # fmt: skip

CALLS = {name: Call(getattr(sb, name), good) for name, good in FUNCTIONS.items()} | METHODS
