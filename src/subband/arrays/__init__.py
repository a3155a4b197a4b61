"""The only place that asks "which array library is this?"."""

from subband.arrays.compilers import compiling, lazy, remembered, static
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import SUPPORTED, as_signal, library, namespace, on_cpu, widened
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
