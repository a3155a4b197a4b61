"""The complex gated layer: the loop over its cell, and nn.GRU's interface."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence

from subband.errors import InvalidInput
from subband.nn import ComplexGRU, ComplexGRUCell
from subband.nn.complex import GATES
from subband.training import initialised


@pytest.fixture(autouse=True)
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def loop(
    cell: ComplexGRUCell, x: torch.Tensor, h: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """(T, batch, …) → states of the cell, one step after the other."""
    states = []
    for now in x:
        h = cell(now, h)
        states.append(h)
    return torch.stack(states), h


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("activation", ["modrelu", "hirose", "split-tanh", "tanh"])
@pytest.mark.parametrize("unitary", [True, False])
def test_a_layer_is_the_loop_over_its_cell(gate: str, activation: str, unitary: bool) -> None:
    with initialised(0):
        layer = ComplexGRU(3, 5, gate=gate, activation=activation, unitary=unitary)
        real, h = torch.randn(11, 2, 3, dtype=torch.float64), torch.randn(1, 2, 5, dtype=torch.cdouble)
        imaginary = torch.randn(11, 2, 3, dtype=torch.cdouble)
    for x in (real, imaginary):
        states, last = layer(x, h)
        want, end = loop(layer.layers[0], x, h[0])
        torch.testing.assert_close(states, want)
        torch.testing.assert_close(last[0], end)


def test_gradients_are_those_of_the_loop() -> None:
    with initialised(0):
        layer = ComplexGRU(3, 5)
        x = torch.randn(9, 2, 3)
    found = []
    for run in (layer, lambda x: loop(layer.layers[0], x)):
        layer.zero_grad()
        run(x)[0].abs().square().sum().backward()
        found.append([p.grad.clone() for p in layer.parameters()])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4 * float(b.abs().max()))
    assert all(float(g.abs().max()) > 0 for g in found[0])


def test_the_interface_is_nn_grus() -> None:
    with initialised(0):
        ours, theirs = ComplexGRU(3, 6, 2, batch_first=True), nn.GRU(3, 6, 2, batch_first=True)
        x = torch.randn(4, 7, 3)
    for given in (x, x[0]):
        (a, h), (b, k) = ours(given), theirs(given)
        assert a.shape == b.shape
        assert h.shape == k.shape
        again, _ = ours(given, h)
        assert again.shape == a.shape
    torch.testing.assert_close(ours(x[0])[0], ours(x)[0][0])


@pytest.mark.parametrize("sort", [True, False])
def test_packed_sequences_are_those_one_by_one(sort: bool) -> None:
    with initialised(0):
        layer = ComplexGRU(3, 4, 2)
        lengths = [7, 5, 5, 1] if sort else [5, 1, 7, 5]
        sequences = [torch.randn(n, 3) for n in lengths]
        h = torch.randn(2, 4, 4, dtype=torch.cdouble)
    packed = pack_sequence(sequences, enforce_sorted=sort)
    states, last = layer(packed, h)
    padded, _ = pad_packed_sequence(states)
    for i, sequence in enumerate(sequences):
        want, end = layer(sequence, h[:, i])
        torch.testing.assert_close(padded[: len(sequence), i], want)
        torch.testing.assert_close(last[:, i], end)


def test_gradients_of_packed_sequences_are_those_one_by_one() -> None:
    """States and last states both count, and the first states have a gradient."""
    with initialised(0):
        layer = ComplexGRU(3, 4)
        sequences = [torch.randn(n, 3) for n in (6, 3, 3, 1)]
        h = torch.randn(1, 4, 4, dtype=torch.cdouble)
    found = []
    for packed in (True, False):
        layer.zero_grad()
        first = h.clone().requires_grad_()
        if packed:
            states, last = layer(pack_sequence(sequences), first)
            loss = states.data.abs().square().sum() + last.real.pow(3).sum()
        else:
            parts = [layer(x, first[:, i]) for i, x in enumerate(sequences)]
            loss = sum(s.abs().square().sum() + k.real.pow(3).sum() for s, k in parts)
        loss.backward()
        found.append([first.grad, *(p.grad.clone() for p in layer.parameters())])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b)


def test_written_out_gradients_are_autograds() -> None:
    with initialised(0):
        layer = ComplexGRU(2, 3)
        x, h = torch.randn(4, 2, 2, dtype=torch.cdouble), torch.randn(1, 2, 3, dtype=torch.cdouble)
    layer.layers[0].activation.bias.data -= 0.3  # so that some are inactive

    def run(x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        states, last = layer(x, h)
        return states.abs().sum() + last.real.sum()

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), h.requires_grad_()))


def test_padded_batches_are_packed() -> None:
    layer, x = ComplexGRU(2, 3, batch_first=True), torch.randn(3, 6, 2)
    packed = pack_padded_sequence(x, torch.tensor([6, 4, 2]), batch_first=True)
    _, last = layer(packed)
    torch.testing.assert_close(last[0, 2], layer(x[2, :2])[0][-1])


def test_dropout_is_between_layers_while_training() -> None:
    with initialised(0):
        layer = ComplexGRU(3, 64, 2, dropout=0.5)
        x = torch.randn(5, 2, 3)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_gates_start_open_where_the_recurrence_is_unitary() -> None:
    layer = ComplexGRU(3, 5)
    assert torch.equal(layer.layers[0].bias[:10].detach(), torch.full((10,), 4 + 4j))
    assert not ComplexGRU(3, 5, unitary=False).layers[0].bias.detach().any()


def test_saved_weights_give_the_same_layer() -> None:
    with initialised(0):
        a, b, x = ComplexGRU(3, 5), ComplexGRU(3, 5), torch.randn(4, 2, 3)
    b.load_state_dict(a.state_dict())
    torch.testing.assert_close(a(x)[0], b(x)[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ComplexGRU(3, 0), "must be 1 or more"),
        (lambda: ComplexGRU(3, 4, 0), "num_layers=0"),
        (lambda: ComplexGRU(3, 4, dropout=2.0), "dropout=2.0"),
        (lambda: ComplexGRU(3, 4)(torch.zeros(5, 2, 4)), "4 features"),
        (lambda: ComplexGRU(3, 4)(torch.zeros(0, 2, 3)), "empty"),
        (lambda: ComplexGRU(3, 4)(torch.zeros(3)), "no sequences"),
        (lambda: ComplexGRU(3, 4)(torch.zeros(5, 2, 3), torch.zeros(1, 3, 4)), "first states"),
    ],
)
def test_what_is_wrong_is_explained(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
