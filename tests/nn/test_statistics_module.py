"""Statistics as a module: the functions' numbers, joined, moved, and enough to make a texture from."""

import pytest
import torch

import subband as sb
from subband import nn
from subband.errors import InvalidInput


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand((3, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_is_the_function_and_names_its_numbers(images) -> None:
    moments = nn.Statistics(sb.wavelet_moments, (16, 16), J=2, L=2)
    covariance = nn.Statistics(sb.scattering_covariance, (16, 16), J=2, L=2, reference=images[:1])
    torch.testing.assert_close(moments(images), sb.wavelet_moments(images, J=2, L=2).real_vector())
    want = sb.scattering_covariance(images, J=2, L=2, reference=images[:1])
    torch.testing.assert_close(covariance(images), want.real_vector())
    torch.testing.assert_close(covariance.summary(images)["S3"], want["S3"])
    both = moments + covariance + moments
    assert both(images).shape == (3, len(both.index))
    assert both.index[: len(moments.index)] == moments.index
    assert both(images[0]).shape == (len(both.index),)
    assert covariance.float()(images.float()).dtype == torch.float32
    assert list(covariance.state_dict()) == ["reference"]
    with pytest.raises(InvalidInput, match=r"\(16, 16\) was promised"):
        moments(images[:, :8])


def test_statistics_can_be_matched(images) -> None:
    """Noise descends to a texture's covariance: the loss falls a thousandfold."""
    generator = torch.Generator().manual_seed(1)
    target = (images[0] > 0.7).double()
    statistics = nn.Statistics(sb.scattering_covariance, (16, 16), J=2, L=2, reference=target)
    with torch.no_grad():
        wanted = statistics(target)
    x = torch.randn((16, 16), generator=generator, dtype=torch.float64).mul(0.4).requires_grad_()
    descent = torch.optim.LBFGS([x], max_iter=60, line_search_fn="strong_wolfe")
    losses = []

    def loss() -> torch.Tensor:
        descent.zero_grad()
        far = (statistics(x) - wanted).square().sum()
        far.backward()
        losses.append(float(far.detach()))
        return far

    descent.step(loss)
    assert min(losses) < 1e-3 * losses[0]
