"""Subband: multi-scale signal analysis on NumPy, PyTorch and JAX, and the systems built on it.

The ladder. A rung imports only from the rungs below it; rooms on one rung never import each other:

    9  cli                           doors: words in, files and messages out
    8  experiments                   each published claim, run again
    7  lab | compat                  whole studies; other libraries' names on our transforms
    6  plots                         the only importer of matplotlib; draws results, computes nothing
    5  generate | forensics          systems
    4  nn | data | metrics | training
    3  transforms                    the mathematics, on any array library
    2  kernels                       one operation per file: readable reference and fast twins, same signature
    1  arrays                        the only place that asks "which array library is this?"
    0  errors | protocols            every exception; the few interfaces through which siblings meet
"""

from subband import transforms
from subband._version import __version__
from subband.arrays.caches import CacheInfo, cache_info, clear_caches, set_cache_budget
from subband.kernels.threads import set_threads, threads
from subband.transforms import *  # noqa: F403 - the one list of names is that of `subband.transforms`

__all__ = [
    "CacheInfo",
    "__version__",
    "cache_info",
    "clear_caches",
    "set_cache_budget",
    "set_threads",
    "threads",
]
__all__ += transforms.__all__
