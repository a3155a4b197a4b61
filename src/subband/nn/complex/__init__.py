"""Complex networks: activations, gates from complex to real, unitary weights, normalisation, gated recurrence.

activations      modReLU, Hirose, split and holomorphic functions
cauchy_riemann   how far a function is from holomorphic
gates            complex numbers → (0, 1)
unitary          weights that keep the norm: Cayley, Arjovsky's factors
linear           linear layers with complex weights
normalisation    whitening of complex features
recurrence       its steps and their gradients, written out
gru              the complex gated cell and a layer with nn.GRU's interface
urnn             the unitary recurrent network, for comparison
"""

from subband.nn.complex.activations import (
    ACTIVATIONS,
    HOLOMORPHIC,
    Hirose,
    ModReLU,
    activation,
    hirose,
    modrelu,
)
from subband.nn.complex.cauchy_riemann import cauchy_riemann_error
from subband.nn.complex.gates import GATES, Gate, gate
from subband.nn.complex.gru import ComplexGRU, ComplexGRUCell
from subband.nn.complex.linear import ComplexLinear, real_features
from subband.nn.complex.normalisation import ComplexBatchNorm, ComplexLayerNorm
from subband.nn.complex.unitary import ArjovskyUnitary, CayleySGD, UnitaryLinear, arjovsky_matrix
from subband.nn.complex.urnn import UnitaryRNN

__all__ = [
    "ACTIVATIONS",
    "GATES",
    "HOLOMORPHIC",
    "ArjovskyUnitary",
    "CayleySGD",
    "ComplexBatchNorm",
    "ComplexGRU",
    "ComplexGRUCell",
    "ComplexLayerNorm",
    "ComplexLinear",
    "Gate",
    "Hirose",
    "ModReLU",
    "UnitaryLinear",
    "UnitaryRNN",
    "activation",
    "arjovsky_matrix",
    "cauchy_riemann_error",
    "gate",
    "hirose",
    "modrelu",
    "real_features",
]
