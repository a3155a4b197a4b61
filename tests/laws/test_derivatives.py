"""All transforms under `torch.func` and autograd, in every precision."""

import pytest
import torch
from maps import SMOOTH, TRANSFORMS, gradient

import subband as sb


@pytest.mark.parametrize("name", SMOOTH)
def test_torch_func_agrees_with_autograd(name: str, images) -> None:
    f, tangent = SMOOTH[name], torch.randn_like(images)
    torch.testing.assert_close(torch.func.vmap(f)(images[:, None]).flatten(0, 1), f(images))
    y, pushed = torch.func.jvp(f, (images,), (tangent,))
    # Central difference; all but idwt's squares are linear, and those are quadratic, so it is exact.
    torch.testing.assert_close(pushed, (f(images + tangent) - f(images - tangent)) / 2)
    pulled = torch.func.vjp(f, images)[1](y)[0]
    torch.testing.assert_close(2 * pulled, gradient(f, images))


PAIRED = {
    "phase_correlation": lambda x: sb.phase_correlation(x, x).shift,
    "register_images": lambda x: sb.register_images(x, x).shift,
}


@pytest.mark.parametrize("name", TRANSFORMS | PAIRED)
def test_an_empty_batch_gives_an_empty_result_and_gradient(name: str, images) -> None:
    f = (TRANSFORMS | PAIRED)[name]
    none = images[:0]
    assert f(none).shape == (0, *f(images).shape[1:])
    assert gradient(f, none).shape == none.shape


def test_jacobians_by_rows_and_by_columns_agree() -> None:
    x = torch.randn(12, dtype=torch.float64)
    for f in (
        lambda x: sb.dwt(x, "db2", level=1).array,
        lambda x: sb.packets(x, "haar", level=2).array.flatten() ** 2,
    ):
        torch.testing.assert_close(torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x))
    hessian = torch.func.hessian(
        lambda x: (sb.dwt(x, "db2", level=1, mode="periodization").array ** 2).sum()
    )(x)
    torch.testing.assert_close(hessian, 2 * torch.eye(12, dtype=torch.float64))


@pytest.mark.parametrize("mode", ["symmetric", "periodic", "zero"])
@pytest.mark.parametrize("samples", [1, 8, 9])
def test_the_analytic_banks_transpose_is_its_gradient(samples: int, mode: str) -> None:
    x = torch.randn(2, samples, dtype=torch.float64, requires_grad=True)
    for wavelet in ("morlet", sb.DOG(1)):
        assert torch.autograd.gradcheck(
            lambda x, w=wavelet: sb.cwt(x, w, frequencies=(0.1, 0.3), mode=mode).array, x
        )


def test_autocast_leaves_precision_to_the_tensor(images) -> None:
    x = images.float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        c = sb.dwt(x, "db2", level=2)
        y = sb.idwt(c)
        spectrum, directions = sb.stft(x, "hann", 4), sb.dtcwt(x, level=2)
    assert (c.array.dtype, y.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(spectrum.array, sb.stft(x, "hann", 4).array)
    torch.testing.assert_close(directions.array, sb.dtcwt(x, level=2).array)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["dwt", "ipackets", "iswt", "istft", "shift", "denoise", "idtcwt"])
def test_half_precision_is_computed_in_single(name: str, dtype: torch.dtype, images) -> None:
    f = TRANSFORMS[name]
    half = images.to(dtype).requires_grad_()
    want = f(half.detach().float())
    got = f(half)
    assert got.dtype in (dtype, torch.float32)
    # Only the result is rounded; intermediate values are single precision.
    torch.testing.assert_close(got.float(), want, rtol=2 * torch.finfo(dtype).eps, atol=2e-2)
    got.float().square().sum().backward()
    assert half.grad is not None
    assert half.grad.dtype == dtype
