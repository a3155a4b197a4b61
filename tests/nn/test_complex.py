"""Complex layers: holomorphy, gates, unitary weights, whitening."""

import pytest
import torch
from torch.nn.utils import parametrize

from subband.errors import InvalidInput
from subband.nn.complex import (
    ACTIVATIONS,
    GATES,
    HOLOMORPHIC,
    ArjovskyUnitary,
    CayleySGD,
    ComplexBatchNorm,
    ComplexLayerNorm,
    ComplexLinear,
    UnitaryLinear,
    UnitaryRNN,
    activation,
    arjovsky_matrix,
    cauchy_riemann_error,
    gate,
    hirose,
    modrelu,
    real_features,
)
from subband.nn.complex.linear import as_real_matrix
from subband.training import initialised


@pytest.fixture
def z() -> torch.Tensor:
    with initialised(0):
        return torch.randn(5, 7, dtype=torch.cdouble)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_only_the_holomorphic_ones_obey_cauchy_and_riemann(name: str, z) -> None:
    with initialised(1):
        f = activation(name).double()
    error = cauchy_riemann_error(f, z)
    if name in HOLOMORPHIC:
        assert error.max() < 1e-10
    elif name != "zrelu":  # which is z or 0, and holomorphic on either side
        assert error.max() > 1e-4


def test_the_helper_agrees_with_difference_quotients(z) -> None:
    def f(z):
        return z * z.conj() + z**3

    step = 1e-6
    quotient = ((f(z + step) - f(z - step)) + 1j * (f(z + 1j * step) - f(z - 1j * step))) / (4 * step)
    torch.testing.assert_close(cauchy_riemann_error(f, z), quotient.abs(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_of_activations(name: str, z) -> None:
    with initialised(1):
        f = activation(name, 7).double()
    assert torch.autograd.gradcheck(f, z.clone().requires_grad_())


def test_hirose_is_safe_at_zero() -> None:
    m = torch.tensor(0.9, dtype=torch.double)
    zero = torch.zeros(3, dtype=torch.cdouble, requires_grad=True)
    y = hirose(zero, m)
    y.real.sum().backward()
    torch.testing.assert_close(y.detach(), torch.zeros(3, dtype=torch.cdouble))
    torch.testing.assert_close(zero.grad, torch.full((3,), 1 / 0.81 + 0j, dtype=torch.cdouble))
    near = hirose(torch.tensor([1e-9 + 1e-9j], dtype=torch.cdouble), m)
    torch.testing.assert_close(near, torch.tensor([(1e-9 + 1e-9j) / 0.81], dtype=torch.cdouble))


def test_modrelu_keeps_the_phase_and_moves_the_modulus(z) -> None:
    y = modrelu(z, torch.tensor(-0.5, dtype=torch.double))
    torch.testing.assert_close(y.abs(), (z.abs() - 0.5).clamp_min(0))
    seen = y.abs() > 0
    torch.testing.assert_close(torch.angle(y[seen]), torch.angle(z[seen]))
    zero = torch.zeros(2, dtype=torch.cdouble, requires_grad=True)
    modrelu(zero, torch.tensor(0.1)).abs().sum().backward()
    assert torch.equal(zero.grad, torch.zeros_like(zero))


@pytest.mark.parametrize("name", GATES)
def test_gates_are_real_between_zero_and_one_and_learn(name: str, z) -> None:
    made = gate(name).double()
    value = made(z.clone().requires_grad_())
    assert value.dtype == torch.double
    assert value.min() > 0
    assert value.max() < 1
    assert torch.autograd.gradcheck(made, z.clone().requires_grad_())
    weights = made.weights()
    if weights is not None:
        torch.testing.assert_close(value, torch.sigmoid(weights[0] * z.real + weights[1] * z.imag))
    assert torch.isfinite(made(torch.zeros(3, dtype=torch.cdouble))).all()


@pytest.mark.parametrize("n", [1, 2, 9, 32])
def test_arjovskys_factors_are_unitary(n: int) -> None:
    with initialised(n):
        W = arjovsky_matrix(n)
        made = ArjovskyUnitary(n)
        v = torch.randn(4, n, dtype=torch.cfloat)
    torch.testing.assert_close(W @ W.mH, torch.eye(n, dtype=W.dtype), atol=1e-5, rtol=0)
    torch.testing.assert_close(made(v).abs().square().sum(-1), v.abs().square().sum(-1))


def test_the_weight_stays_unitary_while_it_learns() -> None:
    with initialised(0):
        made, target = UnitaryLinear(8), arjovsky_matrix(8)
        x = torch.randn(64, 8, dtype=torch.cfloat)
    optimizer, losses = torch.optim.Adam(made.parameters(), 0.02), []
    for _ in range(300):
        optimizer.zero_grad()
        loss = (made(x) - x @ target.mT).abs().square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    W = made.weight.detach()
    assert losses[-1] < 0.05 * losses[0]
    torch.testing.assert_close(W @ W.mH, torch.eye(8, dtype=W.dtype), atol=2e-5, rtol=0)


def test_the_step_of_the_source_stays_on_the_group_and_descends() -> None:
    with initialised(0):
        W, target = arjovsky_matrix(6).to(torch.cdouble), arjovsky_matrix(6).to(torch.cdouble)
    W = torch.nn.Parameter(torch.linalg.qr(W)[0])
    optimizer, losses = CayleySGD([W], lr=0.05), []
    for _ in range(200):
        optimizer.zero_grad()
        loss = (W - target).abs().square().sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 * losses[0]
    torch.testing.assert_close(W.detach() @ W.detach().mH, torch.eye(6, dtype=W.dtype), atol=1e-10, rtol=0)


def test_a_cached_weight_is_computed_once(monkeypatch) -> None:
    made, calls = UnitaryLinear(4), []
    solve = torch.linalg.solve
    monkeypatch.setattr(torch.linalg, "solve", lambda *a, **k: calls.append(1) or solve(*a, **k))
    with parametrize.cached():
        first, second = made.weight, made.weight
    assert first is second


def test_complex_matrices_are_real_ones(z) -> None:
    with initialised(0):
        layer = ComplexLinear(7, 3).to(torch.cdouble)
    want = torch.view_as_real(z @ layer.weight.mT).flatten(-2)
    torch.testing.assert_close(torch.view_as_real(z).flatten(-2) @ as_real_matrix(layer.weight).mT, want)
    from_real = torch.view_as_real(z.real.to(z.dtype) @ layer.weight.mT).flatten(-2)
    torch.testing.assert_close(z.real @ as_real_matrix(layer.weight, real_inputs=True).mT, from_real)
    torch.testing.assert_close(real_features(z), torch.cat([z.real, z.imag], -1))


@pytest.fixture
def _double():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("_double")
@pytest.mark.parametrize("make", [ComplexLayerNorm, ComplexBatchNorm])
def test_features_are_white_after_normalisation(make) -> None:
    with initialised(0):
        skewed = torch.randn(200, 6, 2, dtype=torch.double) @ torch.tensor(
            [[3.0, 1.0], [0.0, 0.5]], dtype=torch.double
        )
    z = torch.view_as_complex(skewed.contiguous()) + 2 - 1j
    made = make(6, eps=1e-12)
    y = made(z)
    dim = -1 if make is ComplexLayerNorm else 0
    centred = y - y.mean(dim, keepdim=True)
    half = torch.full_like(y.real.mean(dim), 0.5)
    torch.testing.assert_close(y.mean(dim).abs(), 0 * half, atol=1e-6, rtol=0)
    for a, b, want in (("real", "real", half), ("imag", "imag", half), ("real", "imag", 0 * half)):
        got = (getattr(centred, a) * getattr(centred, b)).mean(dim)
        torch.testing.assert_close(got, want, atol=1e-5, rtol=0)


def test_running_averages_are_those_of_the_batches() -> None:
    with initialised(0):
        z = 2 * torch.randn(5000, 3, dtype=torch.cfloat) + 1
    made = ComplexBatchNorm(3, momentum=1.0)
    train = made(z)
    torch.testing.assert_close(made.eval()(z), train, rtol=1e-2, atol=1e-2)
    with pytest.raises(InvalidInput, match="two items or more"):
        made.train()(z[:1])


def test_the_unitary_network_keeps_the_norm_without_inputs() -> None:
    with initialised(0):
        made = UnitaryRNN(2, 16)
    with torch.no_grad():
        made.activation.bias.zero_()
        states, last = made(torch.zeros(100, 3, 2))
    norms = states.abs().square().sum(-1)
    torch.testing.assert_close(norms, norms[:1].expand_as(norms), rtol=1e-4, atol=0)
    torch.testing.assert_close(last, states[-1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: activation("relu"), "activation 'relu' is unknown"),
        (lambda: gate("mod_sigmoid"), "gate 'mod_sigmoid' is unknown"),
        (lambda: UnitaryLinear(0), "n=0"),
        (lambda: UnitaryLinear(3, map="householder"), "give cayley or matrix_exp"),
        (lambda: ComplexLinear(0, 3), "can't map 0 features"),
        (lambda: ComplexLayerNorm(0), "features=0"),
    ],
)
def test_what_is_wrong_is_explained(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
