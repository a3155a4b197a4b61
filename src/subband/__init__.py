"""Subband: multi-scale signal analysis on NumPy, PyTorch and JAX, and the systems built on it.

Layers. Each imports only from those below it; packages on one layer never import each other:

    9  cli                                 the commands
    8  experiments                         each published claim, run again
    7  lab | compat                        whole studies; other libraries' names on our transforms
    6  plots                               the only importer of matplotlib; draws results, computes nothing
    5  generate | forensics                systems
    4  nn | data | metrics | training      what systems are made of
    3  transforms                          the mathematics, on any array library
    2  kernels                             one operation a folder: definition, dispatch, compiled twin
    1  arrays | runs                       which array library an array is of; progress, machine, atomic files
    0  errors                              every exception
"""

from subband import transforms
from subband._version import __version__
from subband.arrays.caches import CacheInfo, cache_info, clear_caches, set_cache_budget
from subband.arrays.deprecation import former_names
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

__getattr__ = former_names(__name__, transforms.FORMER)
