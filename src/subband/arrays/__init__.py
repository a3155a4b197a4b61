"""The only place that asks "which array library is this?"."""

from subband.arrays.namespace import SUPPORTED, as_signal, library, namespace, on_cpu, widened
from subband.arrays.pytree import register_container

__all__ = ["SUPPORTED", "as_signal", "library", "namespace", "on_cpu", "register_container", "widened"]
