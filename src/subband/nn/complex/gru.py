"""The complex gated recurrent cell (Wolter & Yao 2018), and layers of it with nn.GRU's interface."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from subband.errors import InvalidInput
from subband.nn.complex.activations import ModReLU
from subband.nn.complex.activations import activation as activation_named
from subband.nn.complex.gates import gate as gate_named
from subband.nn.complex.linear import as_real_matrix, glorot
from subband.nn.complex.recurrence import Recurrence
from subband.nn.complex.unitary import UnitaryLinear

OPEN = 4.0
"""Bias of the gates at the start, in both parts, where the recurrence is unitary: the gates start open."""


@final
class ComplexGRUCell(nn.Module):
    """One step of the complex gated recurrence. States and candidates are complex, gates are real.

        r = f_g(W_r h + V_r x + b_r),  z = f_g(W_z h + V_z x + b_z)
        h̃ = f_a(W (r h) + V x + b),    h ← z h̃ + (1 − z) h

    Args:
        input_size: Features of the input; real ones count as complex ones.
        hidden_size: Complex states.
        activation: f_a, a key of `subband.nn.complex.ACTIVATIONS`.
        gate: f_g, a key of `subband.nn.complex.GATES`.
        unitary: Whether W is unitary, by the Cayley map. The other weights are free.
        bias: Whether there are biases.

    Raises:
        InvalidInput: sizes below 1, or an unknown activation or gate.

    Source: M. Wolter, A. Yao, Complex Gated Recurrent Neural Networks, 2018, eq. 9–11. As in the source's code, z
    weights the candidate. The biases of the gates start at 4 + 4i where W is unitary.

    See also: `ComplexGRU`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        activation: str = "modrelu",
        gate: str = "mean",
        unitary: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if min(input_size, hidden_size) < 1:
            raise InvalidInput(f"sizes {input_size} and {hidden_size} must be 1 or more")
        self.input_size, self.hidden_size = input_size, hidden_size
        n = hidden_size
        self.recurrent = UnitaryLinear(n) if unitary else _Free(n)
        self.gates_recurrent = nn.Parameter(torch.cat([glorot(n, n), glorot(n, n)]))
        self.inputs = nn.Parameter(torch.cat([glorot(n, input_size) for _ in range(3)]))
        start = torch.zeros(3 * n, dtype=self.inputs.dtype)
        if unitary:
            start[: 2 * n] = OPEN * (1 + 1j) * torch.ones(2 * n)
        self.bias = nn.Parameter(start) if bias else None
        self.reset, self.update = gate_named(gate), gate_named(gate)
        self.activation = activation_named(activation, n)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """(batch, input_size), and the state (batch, hidden_size) complex, zero by default → the next state."""
        n, dtype = self.hidden_size, self.inputs.dtype
        h = torch.zeros(len(x), n, dtype=dtype, device=x.device) if h is None else h
        driven = x.to(dtype) @ self.inputs.mT
        driven = driven if self.bias is None else driven + self.bias
        gates = driven[:, : 2 * n] + h @ self.gates_recurrent.mT
        r, z = self.reset(gates[:, :n]), self.update(gates[:, n:])
        candidate = self.activation((r * h) @ self.recurrent.weight.mT + driven[:, 2 * n :])
        return h + z * (candidate - h)

    def run(self, x: Tensor, batch_sizes: list[int], h: Tensor) -> tuple[Tensor, Tensor]:
        """All steps of packed sequences, as `forward` gives them one by one.

        What doesn't depend on the state is computed for all steps at once, and complex products are products of
        real matrices with interleaved real and imaginary parts. A gate σ(α Re + β Im) of a complex linear map is σ
        of a real one: its weights are multiplied into the matrix, which halves the product. With modReLU and such
        gates the gradient is written out, and can be taken once.

        Args:
            x: (Σ batch_sizes, input_size) inputs, step by step.
            batch_sizes: Sequences that are still running, for each step, decreasing.
            h: (batch, hidden_size) complex, first states.

        Returns:
            (Σ batch_sizes, hidden_size) states, and (batch, hidden_size) the last state of each sequence.
        """
        n, real = self.hidden_size, not x.is_complex()
        x = x.to(self.inputs.real.dtype if real else self.inputs.dtype)
        rows = x if real else torch.view_as_real(x.resolve_conj()).flatten(1)
        V = as_real_matrix(self.inputs, real)
        b = None if self.bias is None else torch.view_as_real(self.bias).flatten()
        W = as_real_matrix(self.recurrent.weight).mT.contiguous()
        W_g, V_g, b_g = as_real_matrix(self.gates_recurrent), V[: 4 * n], None if b is None else b[: 4 * n]
        folded = self._folded(W_g, V_g, b_g)
        if folded is not None:
            W_g, V_g, b_g = folded
        W_g = W_g.mT.contiguous()
        to_gates = torch.nn.functional.linear(rows, V_g, b_g)
        to_candidates = torch.nn.functional.linear(rows, V[4 * n :], None if b is None else b[4 * n :])
        first = torch.view_as_real(h.resolve_conj().contiguous())
        if folded is not None and isinstance(self.activation, ModReLU):
            bias = self.activation.bias.expand(n)
            found = Recurrence.apply(to_gates, to_candidates, W_g, W, bias, first, batch_sizes)
            return torch.view_as_complex(found[0]), torch.view_as_complex(found[1])
        states, finished, now = [], [], first
        for gates, driven in zip(to_gates.split(batch_sizes), to_candidates.split(batch_sizes), strict=True):
            running = len(gates)
            if running < len(now):
                finished.append(now[running:])
                now = now[:running]
            gates = torch.addmm(gates, now.flatten(1), W_g)
            if folded is None:
                gates = torch.view_as_complex(gates.view(running, 2 * n, 2))
                r, z = self.reset(gates[:, :n])[..., None], self.update(gates[:, n:])[..., None]
            else:
                r, z = torch.sigmoid(gates).view(running, 2, n, 1).unbind(1)
            candidate = torch.addmm(driven, (r * now).flatten(1), W).view(running, n, 2)
            candidate = torch.view_as_real(self.activation(torch.view_as_complex(candidate)))
            now = torch.lerp(now, candidate, z)
            states.append(now)
        last = torch.cat([now, *reversed(finished)]) if finished else now
        return torch.view_as_complex(torch.cat(states)), torch.view_as_complex(last.contiguous())

    def _folded(self, W: Tensor, V: Tensor, b: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None] | None:
        """Gates' real matrices and biases with the rows α Re + β Im; None for gates that need both parts."""
        pairs = [gate.weights() for gate in (self.reset, self.update)]
        if pairs[0] is None or pairs[1] is None:
            return None
        n = self.hidden_size
        weights = torch.stack([torch.stack(pair) for pair in pairs if pair is not None]).repeat_interleave(
            n, 0
        )

        def fold(rows: Tensor) -> Tensor:
            return torch.einsum("gk,gkj->gj", weights, rows.view(2 * n, 2, -1))

        return fold(W), fold(V), None if b is None else fold(b)[:, 0]


@final
class ComplexGRU(nn.Module):
    """Layers of the complex gated recurrence with the interface of `torch.nn.GRU`; states are complex.

    Args:
        input_size: Features of the input, real or complex.
        hidden_size: Complex states of each layer.
        num_layers: Number of layers.
        bias: Whether there are biases.
        batch_first: Whether inputs and outputs are (batch, T, …) instead of (T, batch, …).
        dropout: Probability that a state is dropped between layers, while training.
        activation, gate, unitary: As in `ComplexGRUCell`.

    Raises:
        InvalidInput: sizes below 1, dropout outside of 0 … 1, or an unknown activation or gate.

    Example:
        >>> import torch
        >>> from subband.nn import ComplexGRU
        >>> output, h = ComplexGRU(3, 16, num_layers=2)(torch.randn(50, 8, 3))
        >>> output.shape, h.shape, output.dtype
        (torch.Size([50, 8, 16]), torch.Size([2, 8, 16]), torch.complex64)

    Source: M. Wolter, A. Yao, Complex Gated Recurrent Neural Networks, 2018.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        *,
        activation: str = "modrelu",
        gate: str = "mean",
        unitary: bool = True,
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise InvalidInput(f"num_layers={num_layers} must be 1 or more")
        if not 0 <= dropout <= 1:
            raise InvalidInput(f"dropout={dropout} must be a probability, 0 … 1")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.batch_first, self.dropout = batch_first, dropout
        self.layers = nn.ModuleList(
            ComplexGRUCell(
                input_size if k == 0 else hidden_size,
                hidden_size,
                activation=activation,
                gate=gate,
                unitary=unitary,
                bias=bias,
            )
            for k in range(num_layers)
        )

    def forward(
        self, x: Tensor | PackedSequence, h: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Run over sequences.

        Args:
            x: (T, batch, input_size), (batch, T, input_size) with `batch_first`, (T, input_size) without a batch,
                or a PackedSequence.
            h: (num_layers, batch, hidden_size) first states; zero by default.

        Returns:
            The states of the last layer, in the form of `x`, and the last states (num_layers, batch, hidden_size).

        Raises:
            InvalidInput: shapes that don't fit.
        """
        if isinstance(x, PackedSequence):
            if h is not None and x.sorted_indices is not None:
                h = h.index_select(1, x.sorted_indices)
            data, last = self._run(x.data, x.batch_sizes.tolist(), h)
            if x.unsorted_indices is not None:
                last = last.index_select(1, x.unsorted_indices)
            return PackedSequence(data, x.batch_sizes, x.sorted_indices, x.unsorted_indices), last
        if x.ndim not in (2, 3):
            raise InvalidInput(
                f"inputs of shape {tuple(x.shape)} are no sequences: give (T, batch, {self.input_size})"
            )
        single = x.ndim == 2
        steps = x[:, None] if single else x.transpose(0, 1) if self.batch_first else x
        T, batch = steps.shape[:2]
        if T == 0:
            raise InvalidInput("the sequence is empty: give one step or more")
        first = h[:, None] if single and h is not None else h
        states, last = self._run(steps.flatten(0, 1), [batch] * T, first)
        states = states.view(T, batch, self.hidden_size)
        if single:
            return states[:, 0], last[:, 0]
        return (states.transpose(0, 1) if self.batch_first else states), last

    def _run(self, x: Tensor, batch_sizes: list[int], h: Tensor | None) -> tuple[Tensor, Tensor]:
        if x.shape[-1] != self.input_size:
            raise InvalidInput(f"inputs have {x.shape[-1]} features: this layer takes {self.input_size}")
        shape = (self.num_layers, batch_sizes[0], self.hidden_size)
        first = self.layers[0]
        assert isinstance(first, ComplexGRUCell)
        dtype = first.inputs.dtype
        start = torch.zeros(shape, dtype=dtype, device=x.device) if h is None else h.to(dtype)
        if tuple(start.shape) != shape:
            raise InvalidInput(f"first states of shape {tuple(start.shape)} don't fit: give {shape}")
        last = []
        for k, layer in enumerate(self.layers):
            if k and self.dropout and self.training:
                kept = torch.rand(x.shape, device=x.device) >= self.dropout
                x = x * kept / max(1 - self.dropout, 1e-12)
            x, state = layer.run(x, batch_sizes, start[k])  # type: ignore[operator]
            last.append(state)
        return x, torch.stack(last)


@final
class _Free(nn.Module):
    """A square complex weight without a constraint."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(glorot(n, n))
