"""PyWavelets' names on Subband's transforms: `from subband.compat import pywt`.

Arguments, results, order of coefficients, warnings and errors are PyWavelets'; arrays may be NumPy's, PyTorch's or
JAX's, and what comes out is of the kind that went in, with gradients. Filter tables, wavelet objects, their
functions and the demonstration signals are PyWavelets' own.
"""

# Some of these names live in PyWavelets' compiled module, where a type checker cannot look.
# pyright: reportAttributeAccessIssue=false
from pywt import (
    ContinuousWavelet,
    DiscreteContinuousWavelet,
    Modes,
    Wavelet,
    central_frequency,
    centrfrq,
    data,
    families,
    frequency2scale,
    integrate_wavelet,
    intwave,
    orthfilt,
    orthogonal_filter_bank,
    qmf,
    scal2frq,
    scale2frequency,
    wavelist,
)

from subband.compat.pywt.additive import imra, imra2, imran, mra, mra2, mran
from subband.compat.pywt.continuous import cwt
from subband.compat.pywt.extension import pad
from subband.compat.pywt.multidim import dwt2, dwtn, idwt2, idwtn
from subband.compat.pywt.multilevel import (
    dwtn_max_level,
    wavedec,
    wavedec2,
    wavedecn,
    wavedecn_shapes,
    wavedecn_size,
    waverec,
    waverec2,
    waverecn,
)
from subband.compat.pywt.onelevel import downcoef, dwt, dwt_coeff_len, dwt_max_level, idwt, upcoef
from subband.compat.pywt.packets import WaveletPacket, WaveletPacket2D, WaveletPacketND
from subband.compat.pywt.packing import array_to_coeffs, coeffs_to_array, ravel_coeffs, unravel_coeffs
from subband.compat.pywt.separable import FswavedecnResult, fswavedecn, fswaverecn
from subband.compat.pywt.stationary import iswt, iswt2, iswtn, swt, swt2, swt_max_level, swtn
from subband.compat.pywt.thresholding import threshold, threshold_firm
from subband.compat.pywt.trees import BaseNode, Node, Node2D, NodeND

__all__ = [
    "BaseNode",
    "ContinuousWavelet",
    "DiscreteContinuousWavelet",
    "FswavedecnResult",
    "Modes",
    "Node",
    "Node2D",
    "NodeND",
    "Wavelet",
    "WaveletPacket",
    "WaveletPacket2D",
    "WaveletPacketND",
    "array_to_coeffs",
    "central_frequency",
    "centrfrq",
    "coeffs_to_array",
    "cwt",
    "data",
    "downcoef",
    "dwt",
    "dwt2",
    "dwt_coeff_len",
    "dwt_max_level",
    "dwtn",
    "dwtn_max_level",
    "families",
    "frequency2scale",
    "fswavedecn",
    "fswaverecn",
    "idwt",
    "idwt2",
    "idwtn",
    "imra",
    "imra2",
    "imran",
    "integrate_wavelet",
    "intwave",
    "iswt",
    "iswt2",
    "iswtn",
    "mra",
    "mra2",
    "mran",
    "orthfilt",
    "orthogonal_filter_bank",
    "pad",
    "qmf",
    "ravel_coeffs",
    "scal2frq",
    "scale2frequency",
    "swt",
    "swt2",
    "swt_max_level",
    "swtn",
    "threshold",
    "threshold_firm",
    "unravel_coeffs",
    "upcoef",
    "wavedec",
    "wavedec2",
    "wavedecn",
    "wavedecn_shapes",
    "wavedecn_size",
    "wavelist",
    "waverec",
    "waverec2",
    "waverecn",
]
