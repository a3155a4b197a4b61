"""The only place that asks "which array library is this?"."""

from subband.arrays.namespace import SUPPORTED, as_signal, library, namespace, on_cpu, widened
from subband.arrays.programs import compiling, lazy, remembered, static, when_imported
from subband.arrays.pytree import pytree

__all__ = [
    "SUPPORTED",
    "as_signal",
    "compiling",
    "lazy",
    "library",
    "namespace",
    "on_cpu",
    "pytree",
    "remembered",
    "static",
    "when_imported",
    "widened",
]
