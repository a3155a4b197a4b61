"""The filtered leaky ReLU: compiled against the reference and against PyTorch's operations, and its derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.filtered_relu import ReluPlan, filtered_relu
from subband.transforms.resample.leaky_relu import centred

RNG = np.random.default_rng(0)


def taps(n: int, square: bool = False):
    """Random taps, not symmetric, so that directions matter."""
    h = RNG.standard_normal((n, n) if square else n)
    return tuple(map(tuple, h.tolist())) if square else tuple(h.tolist())


PLANS = {
    "T": ReluPlan(taps(12), taps(12), 2, 2, (5, 6, 4, 7), clamp=1.5),
    "twice": ReluPlan(taps(24), taps(12), 4, 2, (-3, 8, 9, 2), slope=0.1),
    "down": ReluPlan(taps(12), taps(24), 2, 4, (11, 12, 20, 2), gain=1.0),
    "up only": ReluPlan(taps(6), (1.0,), 2, 1, (2, 3, 3, 2)),
    "pointwise": ReluPlan((1.0,), (1.0,), 1, 1, (0, 0, 0, 0)),
    "linear": ReluPlan(taps(4), (1.0,), 2, 1, (2, 1, 2, 1), gain=1.0, slope=1.0),
    "R": ReluPlan(taps(12), taps(12, square=True), 2, 2, (6, 5, 3, 4), clamp=2.0),
    "R up": ReluPlan(taps(8, square=True), taps(7, square=True), 4, 2, (6, 9, 3, 4)),
    "odd": ReluPlan(taps(5), taps(3), 3, 3, (1, 4, 2, 2)),
    "cropped": ReluPlan(taps(5), taps(4), 2, 2, (-4, -3, -2, -5)),
}


def images(shape=(2, 5, 9, 13), dtype=torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(shape, dtype=dtype), torch.randn(shape[1], dtype=dtype)


def composed(x: torch.Tensor, bias: torch.Tensor, plan: ReluPlan) -> torch.Tensor:
    """Zeros between samples, padding, convolution, leaky ReLU, convolution, striding, by PyTorch's operations."""
    n, c, h, w = x.shape
    top, bottom, left, right = plan.pad
    z = torch.zeros(n, c, h, plan.up, w, plan.up, dtype=x.dtype)
    z[:, :, :, 0, :, 0] = x + bias[:, None, None]
    z = F.pad(z.reshape(n, c, h * plan.up, w * plan.up), (left, right, top, bottom))
    z = depthwise(z, plan.up_filter)
    z = (F.leaky_relu(z, plan.slope) * plan.gain).clamp(-plan.clamp, plan.clamp)
    return depthwise(z, plan.down_filter, plan.down)


def depthwise(z: torch.Tensor, h, stride: int = 1) -> torch.Tensor:
    h, c = torch.tensor(h, dtype=z.dtype), z.shape[1]
    if h.ndim == 2:
        return F.conv2d(z, h.expand(c, 1, -1, -1), groups=c, stride=stride)
    z = F.conv2d(z, h.expand(c, 1, 1, -1), groups=c, stride=(1, stride))
    return F.conv2d(z, h[:, None].expand(c, 1, -1, 1), groups=c, stride=(stride, 1))


@pytest.mark.compiled
@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("channels", [1, 5, 16, 35])
def test_it_is_what_torch_composes_in_both_directions(name, layout, channels) -> None:
    plan = PLANS[name]
    x, bias = images((2, channels, 9, 13))
    x = x.contiguous(memory_format=layout)
    ours, theirs = (t.clone().requires_grad_() for t in (x, x))
    our_bias, their_bias = (bias.clone().requires_grad_() for _ in range(2))
    y = filtered_relu(ours, our_bias, plan, impl="fast")
    want = composed(theirs, their_bias, plan)
    torch.testing.assert_close(y, want, atol=1e-10, rtol=1e-10)
    s = torch.randn_like(want)
    for got, expected in zip(
        torch.autograd.grad((y * s).sum(), (ours, our_bias)),
        torch.autograd.grad((want * s).sum(), (theirs, their_bias)),
        strict=True,
    ):
        torch.testing.assert_close(got, expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("name", PLANS)
def test_the_reference_agrees_in_all_libraries(name) -> None:
    x, bias = images()
    want = composed(x, bias, PLANS[name]).numpy()
    for make in (np.asarray, torch.asarray, jnp.asarray):
        got = filtered_relu(make(x.numpy()), make(bias.numpy()), PLANS[name], impl="reference")
        np.testing.assert_allclose(np.asarray(got), want, atol=1e-4 if make is jnp.asarray else 1e-10)
    np.testing.assert_allclose(filtered_relu(x.numpy(), bias.numpy(), PLANS[name]), want, atol=1e-10)


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["T", "R", "down", "cropped"])
def test_derivatives_of_first_and_second_order(name) -> None:
    x, bias = images((1, 2, 10, 9))
    x, bias = x.requires_grad_(), bias.requires_grad_()

    def f(x, bias):
        return filtered_relu(x, bias, PLANS[name], impl="fast")

    assert gradcheck(f, (x, bias), check_forward_ad=True)
    assert gradgradcheck(f, (x, bias))


def test_single_precision_sizes_that_fill_registers_or_not() -> None:
    for size in ((1, 1), (3, 40), (33, 7), (16, 16), (20, 70)):
        x, bias = images((1, 17, *size), torch.float32)
        plan = ReluPlan(taps(12), taps(12), 2, 2, (20, 20, 20, 20))
        want = composed(x.double(), bias.double(), plan)
        for layout in (torch.contiguous_format, torch.channels_last):
            got = filtered_relu(x.contiguous(memory_format=layout), bias, plan)
            torch.testing.assert_close(got.double(), want, atol=2e-4, rtol=1e-5)


def test_half_precision_and_no_bias() -> None:
    x, _ = images(dtype=torch.bfloat16)
    y = filtered_relu(x, None, PLANS["T"])
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), filtered_relu(x.float(), None, PLANS["T"]), atol=0.02, rtol=0.01)


@pytest.mark.compiled
def test_layouts_are_kept() -> None:
    x, bias = images((2, 8, 9, 9), torch.float32)
    y = filtered_relu(x.contiguous(memory_format=torch.channels_last).requires_grad_(), bias, PLANS["T"])
    assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.compiled
def test_one_node_of_compiled_programs_and_of_jax() -> None:
    x, bias = images((2, 3, 8, 8), torch.float32)

    def f(x, bias):
        return filtered_relu(x, bias, PLANS["R"]).square().sum()

    x, bias = x.requires_grad_(), bias.requires_grad_()
    want = torch.autograd.grad(f(x, bias), (x, bias))
    got = torch.autograd.grad(torch.compile(f, backend="aot_eager", fullgraph=True)(x, bias), (x, bias))
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(a, b)
    j = jax.jit(jax.grad(f_jax := (lambda x: filtered_relu(x, None, PLANS["T"]).sum())))(
        jnp.ones((1, 1, 6, 6))
    )
    assert j.shape == (1, 1, 6, 6)
    assert np.isfinite(np.asarray(f_jax(jnp.ones((1, 1, 6, 6)))))


def test_the_operator_passes_its_checks() -> None:
    from subband.kernels.filtered_relu.torch import _numbers
    from subband.kernels.filtered_relu.torch import filtered_relu as operator

    x, bias = images((2, 3, 9, 9), torch.float32)
    for name in ("T", "R"):
        inputs = (x.requires_grad_(), bias.requires_grad_(), None, "forward", *_numbers(PLANS[name]))
        torch.library.opcheck(operator, inputs)


def test_nan_stays_where_filters_reach() -> None:
    x, bias = images((1, 2, 9, 9))
    x[0, 0, 4, 4] = float("nan")
    y = filtered_relu(x, bias, PLANS["T"])
    assert y[0, 0].isnan().any()
    assert not y[0, 1].isnan().any()


def test_the_public_function_keeps_sizes_and_constants() -> None:
    h = sb.kaiser_filter(12, 0.2, 0.15)
    for up, down, size in ((2, 2, 16), (4, 2, 32), (2, 4, 8)):
        filters = {2: h, 4: sb.kaiser_filter(24, 0.1, 0.075)}
        y = sb.filtered_leaky_relu(
            np.ones((1, 1, 16, 16)),
            np.zeros(1),
            up_filter=filters[up],
            down_filter=filters[down],
            up=up,
            down=down,
            gain=1.0,
        )
        assert y.shape == (1, 1, size, size)
        assert y[0, 0, size // 2, size // 2] == pytest.approx(1, abs=1e-2)


def test_symmetric_padding_keeps_the_middle() -> None:
    x = np.zeros((1, 1, 17, 17))
    x[0, 0, 8, 8] = 1
    h = sb.kaiser_filter(12, 0.2, 0.15)
    y = sb.filtered_leaky_relu(x, up_filter=h, down_filter=h)[0, 0]
    np.testing.assert_allclose(y, y[::-1, ::-1], atol=1e-12)
    assert centred(17, 17, 12, 12, 2, 2) == (11, 10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ReluPlan((1.0,), (1.0,) * 6, 2, 2, (0,) * 4), "shorter than the factors"),
        (lambda: ReluPlan((1.0,) * 6, (1.0,) * 6, 2, 3, (0,) * 4), "one must divide the other"),
        (lambda: filtered_relu(np.ones((2, 3, 3)), None, PLANS["T"]), r"give real images \(N, C, H, W\)"),
        (lambda: filtered_relu(np.ones((1, 2, 3, 3)), np.ones(3), PLANS["T"]), r"a bias \(C,\)"),
    ],
)
def test_errors_say_what_to_do(call, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
